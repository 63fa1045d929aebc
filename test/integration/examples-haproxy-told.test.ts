import { test } from 'node:test';
import { assertNothingLost } from '../helpers/rolling-restart.js';

test('a rolling restart of three hosts that HAProxy is told of loses nothing', (t) => assertNothingLost(t));
