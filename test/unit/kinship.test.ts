// Which processes a worker that is gone has started.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ancestor, descendantsOf, type Household } from '../../src/supervisor/kinship.js';
import { newMark, parseMark } from '../../src/supervisor/mark.js';
import { parseStat, type ProcessRow } from '../../src/supervisor/process-table.js';

const MASTER = 100;
const gone: Ancestor = { pid: 200, startTicks: 50, mark: 'service/one' };
const sibling: Ancestor = { pid: 300, startTicks: 60, mark: 'service/two' };

function row(pid: number, fields: Partial<ProcessRow> = {}): ProcessRow {
  return { pid, parent: MASTER, session: pid, startTicks: 70, zombie: false, ...fields };
}

function found(rows: readonly ProcessRow[], marks: Record<number, string | null>, about: Partial<Household> = {}) {
  const household: Household = {
    pid: MASTER,
    session: 100,
    own: new Set([300]),
    living: [sibling],
    adoptsWorkersOnly: true,
    markOf: (pid) => marks[pid],
    ...about,
  };
  return descendantsOf(gone, rows, household).map(({ pid }) => pid);
}

test('its session is its own, whoever their parents are, and whatever their environment', () => {
  assert.deepEqual(
    found([row(1, { session: 200, parent: 7 }), row(2, { session: 300 }), row(3, { session: 100 })], {}),
    [1],
  );
});

test('the session of a process that got its pid is not', () => {
  const rows = [row(200), row(1, { session: 200, parent: 7 }), row(2, { session: 200 })];
  assert.deepEqual(found(rows, { 2: 'service/one/200' }), [2]);
});

test('its mark is its own in every session but those of others', () => {
  const marks = {
    1: 'service/one/200',
    2: 'service/two/300',
    3: 'service/one',
    4: 'service/onetwo',
    5: 'service/one/200',
  };
  const rows = [1, 2, 3, 4].map((pid) => row(pid, { parent: 1 }));
  assert.deepEqual(found([...rows, row(5, { session: 300 })], marks), [1, 3]);
});

test('what is older than the worker, has ended, or is a child of the master’s own is not its descendant', () => {
  const marks = { 1: 'service/one', 2: 'service/one', 300: 'service/one' };
  assert.deepEqual(found([row(1, { startTicks: 49 }), row(2, { zombie: true }), row(300)], marks), []);
});

test('an orphan without a mark is nobody else’s when no worker lives that is old enough to have started it', () => {
  const orphan = row(1, { startTicks: 59 });
  assert.deepEqual(found([orphan], {}), [1]);
  assert.deepEqual(found([row(1, { startTicks: 60 })], {}), [], 'the sibling may have started it');
  assert.deepEqual(found([{ ...orphan, parent: 7 }], {}), [], 'not under this master');
  assert.deepEqual(found([{ ...orphan, session: 100 }], {}), [], 'in the session of the master itself');
  assert.deepEqual(found([orphan], {}, { adoptsWorkersOnly: false }), []);
  assert.deepEqual(found([orphan], { 1: null }), [], 'nobody may look');
});

test('a mark names the service and the worker, and nothing else is one', () => {
  const mark = newMark('service');
  assert.deepEqual(parseMark(`${mark}/200`, 'service'), { mark, pid: 200 });
  for (const text of ['', mark, `${mark}/0`, `${mark}/x`, `${mark}/-1`, 'service/xyz/200', 'service/200']) {
    assert.equal(parseMark(text, 'service'), null, text);
  }
  assert.equal(parseMark(`${mark}/200`, 'other'), null);
});

test('a command with spaces and brackets does not hide what follows it', () => {
  const text = '12 (a) b (c) Z 7 12 3 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0\n';
  assert.deepEqual(parseStat(text), { pid: 12, parent: 7, session: 3, startTicks: 4711, zombie: true });
  assert.equal(parseStat(''), null);
});
