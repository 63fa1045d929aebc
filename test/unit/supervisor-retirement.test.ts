// The end of a service with a slot that has no worker: two workers, of which the second has died.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import type { CustodyEntry } from '../../src/supervisor/custody.js';
import { isDeserted, servingWorker } from '../../src/supervisor/deserted.js';
import { Retirement } from '../../src/supervisor/retirement.js';
import { SimulatedTime } from '../helpers/simulated-time.js';
import { Simulation } from '../helpers/simulated-workers.js';

const GRACE_MS = 10_000;
let time: SimulatedTime;
let simulation: Simulation;
let retirement: Retirement;
let custody: { entry: CustodyEntry; queued: number }[] = [];
let underWay: { cookie: bigint; retransmissions: number }[] = [];
/** What happened, in order. */
let told: string[] = [];
/** Does who is asked take everything. */
let helps = true;
let outlives = false;
let canSteal = true;
/** How often the kernel was asked for handshakes. */
let dumps = 0;

const listener = (slot: number, ...holders: number[]) =>
  ({ slot, key: '*:80', fd: slot, info: { port: 80, family: 'IPv4' }, holders: new Set(holders) }) as CustodyEntry;

const isThere = (slot: number) =>
  servingWorker(simulation.state, slot, (worker) => retirement.isHeldBack(worker)) !== undefined;

/** As the master does after every event. */
function step(event: Parameters<Simulation['step']>[0]): void {
  const effects = simulation.step(event);
  retirement.drain(effects.filter((effect) => effect.type === 'drain'));
  retirement.prune();
}

const stop = (mode: 'graceful' | 'quick' = 'graceful') => step({ type: 'stop', mode, request: mode });

beforeEach(() => {
  time = new SimulatedTime();
  simulation = new Simulation({ gracefulTimeoutMs: GRACE_MS });
  simulation.readyAll();
  [told, underWay, helps, outlives, canSteal, dumps] = [[], [], true, false, true, 0];
  custody = [
    { entry: listener(0, 1), queued: 0 },
    { entry: listener(1), queued: 3 },
  ];
  retirement = new Retirement({
    os: time,
    addon: {
      handshakes: () => {
        dumps += 1;
        return underWay;
      },
      stopListening: () => {},
    },
    custody: {
      all: () => custody.map(({ entry }) => entry),
      read: (entry) => {
        const { queued } = custody.find((one) => one.entry === entry) ?? { queued: 0 };
        return { ...entry.info, queuedConnections: queued };
      },
      prune: (mayGo) => {
        const going = custody.filter(({ entry }) => mayGo(entry));
        custody = custody.filter((one) => !going.includes(one));
        for (const { entry, queued } of going) told.push(`closed ${entry.slot} with ${queued}`);
        return going.map(({ entry }) => entry);
      },
    },
    balancer: {
      relieve: (slot) => {
        told.push(`relieve ${slot}`);
        if (helps) for (const one of custody) if (one.entry.slot === slot) one.queued = 0;
      },
      canRelieve: ({ slot }) => canSteal && [0, 1].some((other) => other !== slot && isThere(other)),
      refuse: () => {},
      silence: () => {},
    },
    state: () => simulation.state,
    outlives: () => outlives,
    send: ({ worker }) => told.push(`drain ${worker}`),
    onRetired: () => {},
    onClosed: () => {},
    options: { rescueAfterMs: 5, supervisor: { gracefulTimeoutMs: GRACE_MS } },
  });
  step({ type: 'worker-exited', worker: 2, code: 1, signal: null, error: null });
});

describe('a stop while connections wait at a slot in back-off', () => {
  it('has them taken over before it tells the last worker to drain', () => {
    stop();
    assert.deepEqual(told, ['relieve 1']);
    time.pass(10);
    assert.deepEqual(told, ['relieve 1', 'drain 1', 'closed 1 with 0']);
    assert.equal(time.waiting, 0);
  });

  it('waits for those whose handshake is under way', () => {
    custody[1] = { entry: listener(1), queued: 0 };
    underWay = [{ cookie: 1n, retransmissions: 0 }];
    stop();
    time.pass(100);
    assert.deepEqual(new Set(told), new Set(['relieve 1']));
    underWay = [];
    custody[1].queued = 1;
    time.pass(100);
    assert.deepEqual(told.slice(-3), ['relieve 1', 'drain 1', 'closed 1 with 0']);
  });

  it('asks again, and leaves the workers half of their grace period', () => {
    helps = false;
    stop();
    time.pass(GRACE_MS / 2 - 200);
    assert.equal(isThere(0), true);
    assert.deepEqual(new Set(told), new Set(['relieve 1']));
    time.pass(400);
    assert.deepEqual(told.slice(-2), ['drain 1', 'closed 1 with 3']);
    assert.equal(isThere(0), false);
  });

  it('counts a slot in whose next worker it has just ended', () => {
    simulation.fireNext();
    const successor = simulation.state.workers.find(({ slot }) => slot === 1)?.id ?? 0;
    custody[1] = { entry: listener(1, successor), queued: 2 };
    stop();
    assert.deepEqual(told, ['relieve 1']);
    time.pass(10);
    assert.deepEqual(told, ['relieve 1', 'drain 1']);
  });

  it('gives up when the last worker dies', () => {
    helps = false;
    stop();
    custody[0]?.entry.holders.clear();
    step({ type: 'worker-exited', worker: 1, code: null, signal: 'SIGKILL', error: null });
    assert.deepEqual(told.slice(-2), ['closed 0 with 0', 'closed 1 with 3']);
  });

  it('has what a worker leaves that dies now taken over as well', () => {
    simulation = new Simulation({ workers: 2, gracefulTimeoutMs: GRACE_MS });
    simulation.readyAll();
    custody = [
      { entry: listener(0, 1), queued: 0 },
      { entry: listener(1, 2), queued: 0 },
    ];
    underWay = [{ cookie: 1n, retransmissions: 0 }];
    stop();
    custody[1]?.entry.holders.clear();
    step({ type: 'worker-exited', worker: 2, code: null, signal: 'SIGKILL', error: null });
    assert.deepEqual(told, []);
    time.pass(100);
    assert.deepEqual(new Set(told), new Set(['relieve 1']));
  });

  it('waits for nothing where nobody can take them', () => {
    canSteal = false;
    stop();
    assert.deepEqual(told, ['drain 1', 'closed 1 with 3']);
  });

  it('leaves them alone where the listener stays open for the next start', () => {
    outlives = true;
    stop();
    assert.deepEqual(told, ['drain 1', 'closed 1 with 3']);
  });

  it('closes at once when nobody is left', () => {
    step({ type: 'worker-exited', worker: 1, code: 1, signal: null, error: null });
    stop();
    assert.ok(told.includes('closed 1 with 3'));
    assert.equal(time.waiting, 0);
  });
});

describe('a slot whose worker has died', () => {
  it('is relieved at once, and as long as somebody may be on his way to it, without asking who is', () => {
    retirement.takeOver();
    assert.deepEqual(told, ['relieve 1']);
    time.pass(1_000);
    assert.deepEqual(told, ['relieve 1']);
    custody[1] = { entry: custody[1]?.entry ?? listener(1), queued: 1 };
    time.pass(50);
    assert.deepEqual(told, ['relieve 1', 'relieve 1']);
    time.pass(2_000);
    assert.deepEqual([time.waiting, dumps], [0, 0]);
  });

  it('is left to its next worker', () => {
    helps = false;
    retirement.takeOver();
    simulation.fireNext();
    simulation.settle();
    told = [];
    time.pass(100);
    assert.deepEqual([told, time.waiting], [[], 0]);
  });
});

describe('a quick stop', () => {
  it('takes nothing over', () => {
    stop('quick');
    assert.deepEqual(told, ['closed 1 with 3']);
  });

  it('ends what a graceful one has begun', () => {
    helps = false;
    stop();
    stop('quick');
    assert.deepEqual(told, ['relieve 1', 'closed 1 with 3']);
    assert.equal(isThere(0), false);
  });
});

it('a listener is deserted when nobody serves on it who lives', () => {
  const entry = { holders: new Set([2]) };
  assert.equal(isDeserted(simulation.state, entry), true);
  assert.equal(isDeserted(simulation.state, { holders: new Set([1, 2]) }), false);
  assert.equal(isDeserted(simulation.state, { holders: new Set() }), true);
});
