import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRefused, failStart } from '../helpers/cli.js';
import { block, get, tally } from '../helpers/http.js';
import { type Service, startService } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';

const skip = steeringDenied();

/** How many of `count` connections each slot got, one after the other. */
async function connectionsBySlot(service: Service, count: number): Promise<number[]> {
  const counts = await tally(await service.port(), count);
  const { workers } = await service.status();
  return workers.map(({ pid }) => counts.get(String(pid)) ?? 0);
}

// Without the watch: a loop that was late for once would be passed over, and its share be another.
test('weights are taken from --steer, shown by status, and changed by steer', { skip }, async () => {
  const args = ['http-hello.cjs', '--steer', 'weighted:1,2,5', '--rescue-after', '0ms'];
  const service = await startService(args, { workers: 3 });
  assert.deepEqual(await connectionsBySlot(service, 80), [10, 20, 50]);
  const before = await service.status();
  assert.deepEqual(before.steer, { asked: 'weighted:1,2,5', used: 'weighted:1,2,5', why: 'as asked' });
  assert.deepEqual(before.workers.map(({ weight }) => weight), [1, 2, 5]); // prettier-ignore
  const { stdout } = await service.command('status');
  assert.match(stdout, /^SLOT .* WEIGHT /m);

  assert.match((await service.command('steer', 'weighted:3,0')).stdout, /^steering is weighted:3,0 now/);
  const [first = 0, second = 0, third = 0] = await connectionsBySlot(service, 80);
  assert.equal(second, 0);
  assert.ok(Math.abs(first - 60) <= 2 && Math.abs(third - 20) <= 2, String([first, second, third]));
  assert.deepEqual((await service.status()).workers.map(({ weight }) => weight), [3, 0, 1]); // prettier-ignore

  assert.equal((await service.command('steer', 'sticky:24')).code, 0);
  const sticky = await service.status();
  assert.deepEqual(sticky.steer, { asked: 'sticky:24', used: 'sticky:24,64', why: 'as asked' });
  assert.deepEqual(sticky.workers.map(({ weight }) => weight), [1, 1, 1]); // prettier-ignore
  await service.end();
});

test('bad arguments of a policy are refused, at the start and by steer, and change nothing', async () => {
  const bad: [string, RegExp][] = [
    ['weighted:a', /the weight of slot 0 is "a"/],
    ['weighted:-1', /the weight of slot 0 is "-1"/],
    ['weighted:0,0', /no slot would get a connection/],
    [`weighted:${'1,'.repeat(64)}1`, /65 weights, but there are at most 64 slots/],
    ['sticky:33', /IPv4 \(1 to 32\).*the prefix of IPv4 addresses is "33"/],
    ['sticky:24,129', /the prefix of IPv6 addresses is "129"/],
    ['random:1', /expected "random", got "random:1": it takes no argument/],
  ];
  const service = await startService(['http-hello.cjs', '--steer', 'random'], { workers: 1 });
  for (const [policy, message] of bad) {
    assertRefused(await service.command('steer', policy), 'ERR_CONFIG_INVALID', 2, message);
  }
  assert.equal((await service.status()).steer.used, 'random');
  await service.end();
  for (const [policy, message] of bad.slice(0, 2)) {
    const refused = await failStart(['http-hello.cjs', '--steer', policy]);
    assertRefused(refused, 'ERR_CONFIG_INVALID', 2, message);
    assert.match(refused.stderr, /\(from --steer\)/);
  }
});

test('a worker of weight 0 takes no queue over while one with a weight serves', { skip }, async () => {
  const service = await startService(['http-block.cjs', '--steer', 'weighted:1,0'], { workers: 2 });
  const port = await service.port();
  const [weighted] = await service.workerPids();
  const blocked = block(port, 600);
  await blocked.begun;
  const answers = await Promise.all(Array.from({ length: 5 }, () => get(port)));
  assert.deepEqual(new Set([...answers, await blocked.answer].map(({ body }) => body)), new Set([String(weighted)]));
  const { counters } = await service.status();
  assert.equal(counters.stolen, 0);
  await service.end();
});
