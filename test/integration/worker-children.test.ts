import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MARK_VARIABLE } from '../../src/supervisor/mark.js';
import { get } from '../helpers/http.js';
import { serviceFor } from './listen-support.js';

interface Found {
  names: string[];
  isPrimary: boolean;
  sockets: string[];
  execArgv: string[];
  port: number;
  code: number;
}

interface Result {
  environment: string[];
  execArgv: string[];
  forked: Found;
  threaded: Found;
  spawned: Found;
}

test('what the program starts itself is plain: children, forks with their channel, threads', async (t) => {
  const service = await serviceFor(t, ['script-children.cjs'], { workers: 1 });
  const result = JSON.parse((await get(await service.port())).body) as Result;
  const { forked, threaded, spawned } = result;
  assert.deepEqual(result.environment, [MARK_VARIABLE], 'variables of ours are left in the environment');
  assert.deepEqual(spawned, { names: [MARK_VARIABLE], sockets: [], isPrimary: true }, 'a child holds sockets of ours');
  assert.deepEqual(
    forked.names.filter((name) => name !== MARK_VARIABLE),
    ['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE'].filter((name) => forked.names.includes(name)),
  );
  assert.equal(forked.isPrimary, true);
  assert.equal(forked.code, 7, 'the fork gets messages over its own channel');
  assert.deepEqual(forked.execArgv, result.execArgv);
  assert.deepEqual([threaded.names, threaded.isPrimary], [[MARK_VARIABLE], true]);
  const { listeners } = await service.status();
  assert.equal(listeners.length, 1, 'only the program’s own server is in custody');
  assert.ok(![forked.port, threaded.port].includes(listeners[0]?.port ?? 0));
});
