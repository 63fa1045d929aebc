import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { mismatches, PendingWatch } from '../../bench/chaos/counts.js';
import { inOrder, judge, type Kill, type Loss } from '../../bench/chaos/judge.js';
import { Random } from '../../bench/chaos/random.js';
import type { Status } from '../../src/observe/status.js';

const ms = (count: number) => BigInt(count) * 1_000_000n;
const cut: Loss = { client: '127.0.1.1:5', beganNs: ms(100), endedNs: ms(150), how: 'cut', detail: '' };
const killed: Kill = { pid: 7, atNs: ms(149) };

describe('a lost connection', () => {
  it('is allowed when the worker that had accepted it was killed, and no other', () => {
    const accepts = [
      { pid: 8, atNs: ms(50) },
      { pid: 7, atNs: ms(101) },
    ];
    assert.equal(judge(cut, accepts, [killed], new Set()), 'allowed');
    assert.equal(judge(cut, accepts, [{ pid: 8, atNs: ms(149) }], new Set()), 'violation');
    assert.equal(judge(cut, accepts, [{ pid: 7, atNs: ms(151) }], new Set()), 'violation', 'killed afterwards');
    assert.equal(judge({ ...cut, how: 'unanswered' }, accepts, [killed], new Set()), 'violation');
  });

  it('is a violation when it was refused, or when nobody had accepted it and nobody was killed just then', () => {
    assert.equal(judge({ ...cut, how: 'refused' }, [], [killed], new Set()), 'violation');
    assert.equal(judge(cut, [{ pid: 7, atNs: ms(99) }], [], new Set()), 'violation', 'an earlier one of that port');
    assert.equal(judge(cut, [], [{ pid: 7, atNs: ms(151) }], new Set()), 'violation');
    assert.equal(judge({ ...cut, endedNs: ms(2_150) }, [], [killed], new Set()), 'violation');
    assert.equal(judge({ ...cut, how: 'unanswered' }, [], [killed], new Set()), 'violation');
  });

  it('is undecided once for each kill: between accept and the writing down of it', () => {
    const spent = new Set<Kill>();
    assert.equal(judge(cut, [], [killed], spent), 'undecided');
    assert.equal(judge(cut, [], [killed], spent), 'violation');
  });

  it('may have been accepted until its worker was gone, and by none that was gone before it began', () => {
    const slow: Kill = { ...killed, goneNs: ms(900) };
    const late: Loss = { ...cut, beganNs: ms(800), endedNs: ms(1_000) };
    assert.equal(judge(late, [], [killed], new Set()), 'violation');
    assert.equal(judge(late, [], [slow], new Set()), 'undecided');
    assert.equal(judge({ ...late, beganNs: ms(901) }, [], [slow], new Set()), 'violation');
  });

  it('is explained by the kill that can explain no later one', () => {
    const first: Kill = { pid: 7, atNs: ms(100), goneNs: ms(110) };
    const second: Kill = { pid: 8, atNs: ms(2_000), goneNs: ms(2_010) };
    const lost = { ...cut, beganNs: ms(105), endedNs: ms(1_000) };
    const losses = inOrder([{ ...lost, endedNs: ms(2_105) }, lost]);
    const spent = new Set<Kill>();
    assert.deepEqual(
      losses.map((loss) => judge(loss, [], [first, second], spent)),
      ['undecided', 'undecided'],
    );
  });
});

function status(rows: { pending: number | null; open: number; queued: number }[]): Status {
  return {
    workers: rows.map(({ pending, open }, slot) => ({
      slot,
      pid: 100 + slot,
      state: 'ready',
      pending,
      openConnections: open,
    })),
    listeners: [{ slots: rows.map(({ queued }, slot) => ({ slot, queued })) }],
  } as unknown as Status;
}

describe('the counts of a calm service', () => {
  it('fit when nothing waits and the open connections are those of the clients', () => {
    assert.deepEqual(mismatches(status([{ pending: 0, open: 2, queued: 0 }, { pending: null, open: 1, queued: 0 }]), 3), []); // prettier-ignore
    assert.deepEqual(mismatches(status([{ pending: 1, open: 2, queued: 4 }]), 3), [
      '4 wait at slot 0',
      'slot 0 counts 1 as pending',
      'the workers count 2 open connections, the clients 3',
    ]);
  });

  it('drift as long as something is pending that is in no queue', () => {
    const watch = new PendingWatch();
    const wrong = status([{ pending: 2, open: 0, queued: 1 }]);
    assert.equal(watch.look(wrong, 0), 0);
    assert.equal(watch.look(wrong, 300), 300);
    assert.equal(watch.look(status([{ pending: 1, open: 0, queued: 1 }]), 400), 0);
    assert.equal(watch.look(wrong, 500), 0);
  });
});

function draw(seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: 1000 }, () => random.between(1, 6));
}

it('chance is the same for the same seed', () => {
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  assert.deepEqual(new Set(draw(3)), new Set([1, 2, 3, 4, 5, 6]));
});
