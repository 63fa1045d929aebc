// --keep-alive: how long an idle connection is kept, whatever the program sets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endClientsAfter, KeepAliveClient } from '../helpers/keep-alive.js';
import { serviceFor } from './listen-support.js';

test('--keep-alive ends an idle connection that the program would keep, and tells the client when', async (t) => {
  endClientsAfter(t);
  const env = { KEEP_ALIVE_MS: '60000' };
  const service = await serviceFor(t, ['--keep-alive', '1s', 'handover-echo.cjs'], { workers: 1, env });
  const client = await KeepAliveClient.open(await service.port());
  assert.equal((await client.ask()).headers.get('keep-alive'), 'timeout=1');
  assert.equal(await client.end(), 'end');
});

test('--keep-alive 0s names no time, where the program would', async (t) => {
  endClientsAfter(t);
  const env = { KEEP_ALIVE_MS: '60000' };
  const service = await serviceFor(t, ['--keep-alive', '0s', 'handover-echo.cjs'], { workers: 1, env });
  const client = await KeepAliveClient.open(await service.port());
  const { headers } = await client.ask();
  assert.deepEqual([headers.get('connection'), headers.get('keep-alive')], ['keep-alive', undefined]);
});
