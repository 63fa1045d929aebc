import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { startService } from '../helpers/reuseport.js';

test(
  'rolling reloads under a load of new connections lose no connection and no request',
  { timeout: 120_000 },
  async () => {
    const service = await startService(['http-hello.cjs']);
    const port = await service.port();
    const failures: string[] = [];
    const seen = new Set<string>();
    const stop = new AbortController();
    let requests = 0;
    const client = async () => {
      while (!stop.signal.aborted) {
        try {
          const { status, body } = await get(port);
          if (status !== 200) failures.push(`status ${status}`);
          seen.add(body);
        } catch (error) {
          failures.push(String(error));
        }
        requests += 1;
      }
    };
    const clients = Array.from({ length: 8 }, client);
    const reloads = 10;
    for (let round = 0; round < reloads; round += 1) {
      const { code, stderr } = await service.command('reload');
      assert.equal(code, 0, stderr);
    }
    stop.abort();
    await Promise.all(clients);
    assert.deepEqual(failures, []);
    assert.ok(requests > reloads * 10, `only ${requests} requests were made`);
    const { generation, counters, workers } = await service.status();
    assert.equal(generation, reloads + 1);
    assert.equal(counters.reloads, reloads);
    assert.deepEqual(
      workers.map(({ slot, state }) => [slot, state]),
      [
        [0, 'ready'],
        [1, 'ready'],
      ],
    );
    assert.ok(seen.size > reloads, `only ${seen.size} different workers answered`);
    const { code } = await service.end();
    assert.equal(code, 0);
  },
);
