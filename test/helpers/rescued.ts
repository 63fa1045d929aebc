/** What the tests of rescue share, whatever serves: a queue gathers behind a worker, and others answer. */
import assert from 'node:assert/strict';
import { block, get } from './http.js';
import { standStill } from './processes.js';
import type { Service } from './reuseport.js';

export interface RescueWay {
  way: 'steal' | 'migrate';
  /** The counters of this way, and of the one that must not be taken. */
  mover: 'stolen' | 'migrated';
  other: 'stolen' | 'migrated';
}

export const STEAL: RescueWay = { way: 'steal', mover: 'stolen', other: 'migrated' };
export const MIGRATE: RescueWay = { way: 'migrate', mover: 'migrated', other: 'stolen' };

/** Options with which the queue of a worker in a turn of 2 s is moved in that way, late enough that it gathers before. */
export function rescueArgs({ way }: RescueWay): string[] {
  return ['--steer', 'hash', '--rescue-after', '300ms', '--rescue-by', way];
}

/** 40 requests while one worker is in a long turn: all are answered by the other. Returns what the stuck one answered. */
export async function assertQueueMoved(service: Service, port: number, { mover, other }: RescueWay): Promise<string> {
  const blocked = block(port, 2000);
  await blocked.begun;
  const answers = await Promise.all(Array.from({ length: 40 }, () => get(port)));
  const { counters } = await service.status();
  const { body: stuck } = await blocked.answer;
  assert.ok(
    answers.every(({ status, body }) => status === 200 && body !== stuck),
    'all were answered by the other worker',
  );
  assert.ok(counters[mover] > 0 && counters.rescues > 0, JSON.stringify(counters));
  assert.equal(counters[other], 0);
  return stuck;
}

/** 20 requests while the first worker is under SIGSTOP: all are answered by others. */
export async function assertStoppedIsPassedOver(service: Service): Promise<void> {
  const port = await service.port();
  const [stopped = 0] = await service.workerPids();
  await standStill(stopped);
  try {
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(port)));
    assert.ok(answers.every(({ body }) => body !== String(stopped)));
  } finally {
    process.kill(stopped, 'SIGCONT');
  }
}
