import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rescue, type RescueTarget } from '../../src/supervisor/rescue.js';
import { StealRequests } from '../../src/supervisor/steal-requests.js';

const STUCK = 0;
const target: RescueTarget = { key: 'tcp 127.0.0.1:80', fd: 9, takesAccepted: true };

/** A queue behind slot 0, and loops 1 and 2 that can take it. */
function setUp() {
  const clock = { nowMs: 1_000 };
  const asked: number[] = [];
  const steals = new StealRequests();
  const ids: number[] = [];
  const rescue = new Rescue('steal', {
    nowMs: () => clock.nowMs,
    targets: () => [target],
    loops: () => [0, 1, 2].map((slot) => ({ slot, usable: true, busySinceNs: 0, queued: 0, openConnections: 0 })),
    steal: (slot, _target, _max, done) => {
      asked.push(slot);
      return steals.make(slot, (id) => ids.push(id) > 0, done);
    },
    nudge: () => {},
    canMigrate: () => false,
    migrate: () => 0,
    keepsClients: () => false,
  });
  const report = () => {
    rescue.onStuck({ slot: STUCK, forMs: 6, kind: 'turn', queued: [{ index: 0, connections: 1 }] });
  };
  const answer = (moved: number) => steals.answered(ids.at(-1) ?? 0, moved);
  return { clock, asked, rescue, report, answer, steals };
}

test('a queue is asked about once, until that is answered', () => {
  const { asked, rescue, report, answer } = setUp();
  report();
  report();
  assert.deepEqual(asked, [1]);
  answer(1);
  report();
  assert.deepEqual(asked, [1, 1]);
  assert.deepEqual([rescue.counters.rescues, rescue.counters.stolen], [2, 1]);
});

test('whoever was asked and does not answer holds nobody up: another is asked, and not this one again', () => {
  const { clock, asked, report, answer } = setUp();
  report();
  clock.nowMs += 99;
  report();
  assert.deepEqual(asked, [1]);
  clock.nowMs += 1;
  report();
  report();
  assert.deepEqual(asked, [1, 2]);
  answer(1);
  report();
  assert.deepEqual(asked, [1, 2, 2]);
});

test('whoever was asked and died without an answer is forgotten', () => {
  const { asked, report, steals } = setUp();
  report();
  steals.slotDied(1);
  report();
  assert.deepEqual(asked, [1, 1]);
});
