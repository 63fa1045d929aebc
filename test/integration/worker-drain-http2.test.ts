import { test } from 'node:test';
import { assertStreamOutlivesReload } from './http2-support.js';

test('HTTP/2 sessions are told to go away, and their streams finish', (t) => assertStreamOutlivesReload(t, 'http'));
