import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { replacementsOf } from '../../bench/endurance/figures.js';
import { goalsOf, isMet, lostBesideCluster } from '../../bench/endurance/goals.js';
import { eventsIn, type LogEvent, successionsOf } from '../../bench/endurance/succession.js';

const ms = (count: number) => BigInt(count) * 1_000_000n;

const exited = (slot: number | null, workerPid: number): LogEvent => ({ event: 'worker-exited', slot, workerPid });
const next = (event: string, slot: number | null, workerPid?: number): LogEvent => ({
  event,
  slot,
  ...(workerPid === undefined ? {} : { workerPid }),
});

describe('what takes the slot of a dead worker', () => {
  it('is the first thing that the log says of the slot after the death', () => {
    const events = [
      next('worker-started', 0, 10),
      next('worker-started', 1, 11),
      exited(0, 10),
      exited(1, 11),
      next('worker-started', null, 30),
      next('spare-used', 1, 20),
      next('worker-started', 0, 12),
      next('worker-ready', 0, 12),
      exited(1, 20),
      next('worker-backoff', 1),
      next('spare-used', 1, 21),
      exited(1, 21),
      next('crash-loop', 1),
      exited(null, 30),
      exited(0, 12),
    ];
    assert.deepEqual(
      [...successionsOf(events)],
      [
        [11, 'spare'],
        [10, 'new process'],
        [20, 'back-off'],
        [21, 'back-off'],
      ],
    );
  });

  it('is read from a log with lines of others in between', () => {
    const log = `${JSON.stringify(exited(2, 7))}\nWarning: something\n{"event":"spare-used","slot":2}\n{"event":"cut o`;
    assert.deepEqual([...successionsOf(eventsIn(log))], [[7, 'spare']]);
  });
});

describe('the time until a slot accepts again', () => {
  const kills = [
    { pid: 7, slot: '0', atNs: ms(100) },
    { pid: 8, slot: '1', atNs: ms(300) },
    { pid: 9, slot: '0', atNs: ms(500) },
    { pid: 6, slot: '2', atNs: ms(700) },
  ];
  const firsts = [
    { pid: 7, slot: '0', atNs: ms(1) },
    { pid: 8, slot: '1', atNs: ms(2) },
    { pid: 9, slot: '0', atNs: ms(112) },
    { pid: 5, slot: '1', atNs: ms(900) },
    { pid: 4, slot: '0', atNs: ms(530) },
  ];
  const by = successionsOf([
    exited(0, 7),
    next('spare-used', 0),
    exited(1, 8),
    next('worker-backoff', 1),
    exited(0, 9),
    next('spare-used', 0),
  ]);

  it('is that to the first accept of another worker in the slot', () => {
    assert.deepEqual(replacementsOf(kills, firsts, by), [
      { by: 'spare', tookMs: 12 },
      { by: 'back-off', tookMs: 600 },
      { by: 'spare', tookMs: 30 },
      { by: undefined, tookMs: undefined },
    ]);
  });

  it('is judged only where a spare was ready', () => {
    const [goal, ...others] = goalsOf(replacementsOf(kills, firsts, by));
    assert.ok(goal !== undefined && others.length === 0);
    assert.equal(goal.value, 21);
    assert.equal(isMet(goal), false);
    assert.deepEqual(goalsOf(replacementsOf(kills.slice(1, 2), firsts, by)), []);
  });
});

describe('what is lost', () => {
  const nothing = { refused: 0, reset: 0, cut: 0, unanswered: 0, wrong: 0 };
  const none = { 'new connection': nothing, 'keep-alive': nothing, WebSocket: nothing };
  const ours = { rival: 'reuseport', kills: 10, lost: { ...none, WebSocket: { ...nothing, reset: 20 } } };
  const lost = {
    'new connection': { ...nothing, reset: 2, unanswered: 1 },
    'keep-alive': { ...nothing, reset: 12 },
    WebSocket: { ...nothing, cut: 4 },
  };
  const cluster = { rival: 'cluster', kills: 5, lost };

  it('is compared with node:cluster, new and kept connections apart', () => {
    const goals = lostBesideCluster([ours, cluster]);
    assert.deepEqual(
      goals.map((goal) => [goal.value, goal.most, isMet(goal)]),
      [
        [0, 3, true],
        [20, 16, false],
      ],
    );
    assert.match(goals[0]?.title ?? '', /reuseport by 10 kills, cluster by 5/);
  });

  it('is not compared where one of them was not killed', () => {
    assert.deepEqual(lostBesideCluster([ours]), []);
    assert.deepEqual(lostBesideCluster([ours, { ...cluster, kills: 0 }]), []);
  });
});
