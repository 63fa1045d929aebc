import assert from 'node:assert/strict';
import { it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import { frame, type Screen } from '../../src/top/frame.js';
import type { Mode } from '../../src/top/prompt.js';
import { sampleOf } from '../../src/top/sample.js';
import type { Status } from '../../src/observe/status.js';
import { listener, statusOf, worker } from './top-support.js';

const PLAIN: Screen = { columns: 140, rows: 24, isColored: false, isUnicode: true };

function shown(
  status: Status,
  screen: Partial<Screen> = {},
  mode: Mode = { kind: 'watching' },
  message = '',
): string[] {
  return frame({ sample: sampleOf({ status, atMs: 0 }, null), mode, message }, { ...PLAIN, ...screen });
}

it('a screen of any size is filled to its last line and never wider than it is', () => {
  const sizes = fc.record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 60 }) });
  const modes = fc.constantFrom<Mode>({ kind: 'watching' }, { kind: 'paused' }, { kind: 'choosing', policy: 3 });
  fc.assert(
    fc.property(sizes, modes, fc.boolean(), fc.string(), fc.nat(70), (size, mode, isColored, name, workers) => {
      const status = statusOf({ name, workers: Array.from({ length: workers }, (_, slot) => worker(slot)) });
      const lines = shown(status, { ...size, isColored }, mode, 'a message');
      assert.equal(lines.length, size.rows);
      for (const line of lines) {
        const text = stripVTControlCharacters(line);
        assert.ok(text.length <= size.columns, `${text.length} > ${size.columns}: ${text}`);
        // oxlint-disable-next-line no-control-regex
        assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f]/);
      }
    }),
  );
});

it('who serves what, how steered, and each worker with its queue', () => {
  const status = statusOf({
    workers: [
      worker(0, { openConnections: 12 }),
      worker(1, { state: 'stuck', busyMs: 312, why: 'in one turn for 312 ms' }),
    ],
    listeners: [listener([{ slot: 0 }, { slot: 1, queued: 9, drops: 2 }])],
    warnings: ['cpu reaches 1 of 2 workers'],
  });
  const text = shown(status).join('\n');
  assert.match(text, /^api {2}pid 99 {2}generation 1 {2}steering idle \(auto: the best policy\)$/m);
  assert.match(text, /^2 slots, 1 stuck .* 12 open {2}9 queued$/m);
  assert.match(text, /^ {2}127\.0\.0\.1:8080 {2}2 listeners, idle, 2 dropped$/m);
  assert.match(text, /^ {2}! cpu reaches 1 of 2 workers$/m);
  assert.match(text, /^ +1 +101 +1 +stuck +█████░+ +50% .* 9 +312ms .*in one turn for 312 ms/m);
});

it('of a range of workers with several loops the slots are told, and how many workers have them', () => {
  const workers = [0, 1, 2, 3].map((slot) => worker(slot, { thread: slot % 2 }));
  const sizing = { min: 1, max: 3, lastChange: null, stays: null };
  assert.match(shown(statusOf({ workers, sizing })).join('\n'), /^4 slots of 2 workers \(1 to 3\) {2}/m);
});

it('strangers are named', () => {
  const stranger = { pid: 7, command: 'nc', uid: 0, address: '127.0.0.1:8080', served: false };
  const status = statusOf({ listeners: [{ ...listener([{ slot: 0 }]), strangers: [stranger as never] }] });
  assert.match(shown(status).join('\n'), /! not ours on 127\.0\.0\.1:8080: pid 7 \(nc\)/);
});

it('weights have a column while they count', () => {
  assert.doesNotMatch(shown(statusOf()).join('\n'), /WEIGHT/);
  const steer = { asked: 'weighted:1,5', used: 'weighted', why: 'asked for' };
  const text = shown(statusOf({ steer, workers: [worker(0), worker(1, { weight: 5 })] })).join('\n');
  assert.match(text, /STATE +WEIGHT +LOOP/);
});

it('what does not fit is counted, and the keys stay', () => {
  const status = statusOf({ workers: Array.from({ length: 40 }, (_, slot) => worker(slot)) });
  const lines = shown(status, { rows: 12 });
  assert.match(lines.at(-3) ?? '', /^… 37 more lines/);
  assert.match(lines.at(-1) ?? '', /q quit/);
});

it('of workers that do not all fit those in trouble come first', () => {
  const workers = Array.from({ length: 40 }, (_, slot) => worker(slot));
  workers[30] = worker(30, { state: 'stuck', why: 'in one turn for 312 ms' });
  const listeners = [listener(workers.map((_, slot) => ({ slot, queued: slot === 20 ? 3 : 0 })))];
  const slots = (rows: number) =>
    shown(statusOf({ workers, listeners }), { rows }).flatMap((line) => /^ +(\d+) +\d+ +1 /.exec(line)?.[1] ?? []);
  assert.deepEqual(slots(14).slice(0, 4), ['20', '30', '0', '1']);
  assert.deepEqual(slots(100).slice(0, 4), ['0', '1', '2', '3']);
});

it('a narrow screen goes without columns, and not with halves of them; reasons stand below', () => {
  const workers = [worker(0), worker(1, { state: 'stuck', why: 'in one turn for 312 ms, hangTimeout 30s' })];
  const screen = (columns: number) => shown(statusOf({ workers }), { columns }).map((line) => line.trimEnd());
  const title = (columns: number) => screen(columns).find((line) => line.includes('STATE')) ?? '';
  assert.match(title(80), /^SLOT +PID +STATE +LOOP +OPEN +CONN\/S +REQ\/S +QUEUE +TURN +RESTARTS$/);
  assert.match(title(50), /^SLOT +STATE +LOOP .*QUEUE$/);
  assert.match(title(200), / RSS +UP +RESTARTS +WHY$/);
  assert.ok(screen(80).includes('slot 1: in one turn for 312 ms, hangTimeout 30s'));
  assert.ok(!screen(200).includes('slot 1: in one turn for 312 ms, hangTimeout 30s'));
});

it('the policy that would be set is in sight, however narrow the screen', () => {
  for (let policy = 0; policy < 12; policy += 1) {
    const [line = ''] = shown(statusOf(), { columns: 40 }, { kind: 'choosing', policy }).slice(-1);
    assert.match(line, /^steer by {2}[a-z]+(-[a-z]+)* /);
  }
});

it('without colours there is not one escape sequence', () => {
  const text = shown(statusOf({ workers: [worker(0, { state: 'stuck' })] })).join('');
  assert.equal(text, stripVTControlCharacters(text));
});
