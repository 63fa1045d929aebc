import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { HeavyClient } from '../../bench/handover/heavy-client.js';
import { Random } from '../../bench/handover/random.js';
import type { Service } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

const CLIENTS = 8;
/** Some milliseconds of work: the loop is what limits these clients, also beside other load. */
const HEAVY = 'burn=120';
const LONG = { deadlineMs: 120_000 };

/** A service of two workers, of which one has all these clients, who never stop asking. */
async function skewed(t: TestContext, args: readonly string[]): Promise<{ service: Service; clients: HeavyClient[] }> {
  const clients: HeavyClient[] = [];
  // Before the service: its own end waits for them.
  t.after(() => {
    for (const client of clients) client.close();
  });
  const service = await serviceFor(t, ['handover-echo.cjs', ...args], { workers: 1 });
  const port = await service.port();
  const opened = Array.from({ length: CLIENTS }, (_, index) => {
    return HeavyClient.open(port, `c${index}`, HEAVY, new Random(index + 1));
  });
  clients.push(...(await Promise.all(opened)));
  for (const client of clients) client.start();
  assert.equal((await service.command('scale', '2')).code, 0);
  return { service, clients };
}

const workersOf = (clients: readonly HeavyClient[]) => new Set(clients.map(({ worker }) => worker));
const failuresOf = (clients: readonly HeavyClient[]) => clients.flatMap(({ failures }) => failures);

/** Long after a move would have been decided: it takes some hundred answers. */
async function manyAnswers(clients: readonly HeavyClient[]): Promise<void> {
  const sum = () => clients.reduce((total, { answers }) => total + answers, 0);
  const before = sum();
  await waitFor('the answers', () => failuresOf(clients).length > 0 || sum() - before >= 600, LONG);
}

test('busy connections that all began on one of two workers end on both, and no client notices', async (t) => {
  const { service, clients } = await skewed(t, []);
  const ports = clients.map(({ localPort }) => localPort);
  await waitFor('both workers', () => failuresOf(clients).length > 0 || workersOf(clients).size === 2, {
    ...LONG,
    state: () => service.stderr.split('\n').slice(-15),
  });
  await Promise.all(clients.map((client) => client.stop()));
  assert.deepEqual(failuresOf(clients), []);
  assert.deepEqual(
    clients.map(({ localPort }) => localPort),
    ports,
  );
  const pids = (await service.workerPids()).map(String);
  assert.deepEqual([...workersOf(clients)].toSorted(), pids.toSorted());
  const line = await service.waitForEvent('rebalanced');
  assert.deepEqual([line['slot'], line['from']], [1, 0]);
  const { counters, workers } = await service.status();
  assert.ok(counters.rebalanced > 0);
  assert.equal(counters.handedOver, 0);
  assert.equal(
    workers.reduce((sum, { openConnections }) => sum + (openConnections ?? 0), 0),
    CLIENTS,
  );
});

test('with --no-rebalance they stay where they began', async (t) => {
  const { service, clients } = await skewed(t, ['--no-rebalance']);
  await manyAnswers(clients);
  assert.deepEqual([failuresOf(clients), workersOf(clients).size], [[], 1]);
  assert.equal((await service.status()).counters.rebalanced, 0);
});

test('under sticky they stay where they began', { skip: steeringDenied() }, async (t) => {
  const { service, clients } = await skewed(t, ['--steer', 'sticky']);
  await manyAnswers(clients);
  assert.deepEqual([failuresOf(clients), workersOf(clients).size], [[], 1]);
  assert.equal((await service.status()).counters.rebalanced, 0);
});
