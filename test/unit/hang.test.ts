import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  explainNative,
  inspectOption,
  judgeLoop,
  lookEveryMs,
  type LoopMemory,
  type ProcessFacts,
} from '../../src/supervisor/hang.js';
import { HangWatch } from '../../src/supervisor/hang-watch.js';
import { initialState, type SupervisorState } from '../../src/supervisor/state.js';
import { type Os, realOs } from '../../src/supervisor/os.js';
import { settings } from '../helpers/simulated-workers.js';
import { transition } from '../../src/supervisor/transition.js';

const S = 1e9;
const idle = { turns: 7, busySinceNs: 0, isAwaited: false };

test('a loop in one turn is hung when the time is over, not before', () => {
  const reading = { turns: 7, busySinceNs: 100 * S, isAwaited: false };
  assert.equal(judgeLoop(undefined, reading, 109 * S, 10 * S, 0).verdict.kind, 'alive');
  assert.deepEqual(judgeLoop(undefined, reading, 110 * S, 10 * S, 0).verdict, { kind: 'turn', forNs: 10 * S });
});

test('the time in which the watcher itself stood still does not count', () => {
  const reading = { turns: 7, busySinceNs: 100 * S, isAwaited: true };
  assert.equal(judgeLoop(undefined, reading, 205 * S, 10 * S, 200 * S).verdict.kind, 'alive');
  assert.equal(judgeLoop(undefined, reading, 210 * S, 10 * S, 200 * S).verdict.kind, 'turn');
  const asked: LoopMemory = { turns: 7, seenAtNs: 90 * S, askedAtNs: 95 * S };
  assert.equal(judgeLoop(asked, idle, 205 * S, 10 * S, 200 * S).verdict.kind, 'alive');
  assert.equal(judgeLoop(asked, idle, 210 * S, 10 * S, 200 * S).verdict.kind, 'silent');
});

test('an idle loop is asked after half of the time, and is hung when it has not turned the whole time after', () => {
  let memory = judgeLoop(undefined, idle, 0, 10 * S, 0).memory;
  const at = (seconds: number, turns = 7) => {
    const judged = judgeLoop(memory, { ...idle, turns }, seconds * S, 10 * S, 0);
    memory = judged.memory;
    return judged.verdict.kind;
  };
  assert.deepEqual(
    [4, 5, 6, 14, 15].map((seconds) => at(seconds)),
    ['alive', 'ask', 'alive', 'alive', 'silent'],
  );
  assert.deepEqual(
    [16, 20, 21].map((seconds) => at(seconds, 8)),
    ['alive', 'alive', 'ask'],
    'a turn begins it anew',
  );
});

test('a loop for which something waits is asked at once', () => {
  assert.equal(judgeLoop(undefined, { ...idle, isAwaited: true }, 0, 10 * S, 0).verdict.kind, 'ask');
});

test('looks are no rarer than a tenth of the time, nor than a second', () => {
  assert.deepEqual([100, 1000, 30_000].map(lookEveryMs), [20, 100, 1000]);
});

test('the options that let a debugger stop a program are known', () => {
  for (const arg of ['--inspect', '--inspect=0', '--inspect-brk', '--inspect-wait=1.2.3.4:5']) {
    assert.equal(inspectOption(['--trace-gc', arg]), arg);
  }
  assert.equal(inspectOption(['--inspect-port=0', '--inspect-publish-uid=http', '--inspector']), undefined);
});

const facts: ProcessFacts = { state: 'S', tracerPid: 0, waitsIn: 'futex_wait_queue', systemCall: 202, children: [] };

test('native code is described by what the kernel says', () => {
  assert.match(
    explainNative(facts),
    /native code \(state S, in system call 202, waiting in the kernel's futex_wait_queue\)/,
  );
  assert.match(explainNative({ ...facts, state: 'R', waitsIn: null, systemCall: null }), /^it runs native code, so/);
  assert.match(
    explainNative({ ...facts, children: [{ pid: 4, command: 'sh -c x' }] }),
    /it has started: sh -c x \(pid 4\)$/,
  );
  assert.match(explainNative({ ...facts, state: 'T' }), /^it is stopped by a signal/);
});

/** A watch over one ready worker whose loop has been in one turn since 0; `look` turns the clock on. */
function watchOne(processFacts: ProcessFacts, stack: string | null) {
  let state: SupervisorState = initialState({ ...settings, workers: 1 });
  const step = (event: Parameters<typeof transition>[1]) => void ({ state } = transition(state, event, 0));
  step({ type: 'start' });
  step({ type: 'spawned', worker: 1, pid: 4711 });
  step({ type: 'worker-ready', worker: 1 });
  let nowNs = 1;
  let action: (() => void) | null = null;
  let stop = 0;
  const hung: (string | null)[] = [];
  const warnings: string[] = [];
  const reading = { turns: 1, busySinceNs: 1, isAwaited: false };
  const os: Os = {
    ...realOs,
    every: (_, given) => {
      action = given;
      return () => void (stop += 1);
    },
    processFacts: () => processFacts,
  };
  const log = { debug() {}, info() {}, warn: (_: object, text: string) => void warnings.push(text), error() {} };
  const end = HangWatch.start(os, log as never, 1_000, {
    state: () => state,
    nowNs: () => nowNs,
    readingOf: () => reading,
    ask: () => {},
    stackOf: () => Promise.resolve(stack),
    tidOf: () => null,
    onHung: (event) => void hung.push(event.stack),
  });
  const look = async (ms: number) => {
    nowNs += ms * 1e6;
    action?.();
    await new Promise(setImmediate);
  };
  return { look, hung, warnings, reading, end, stops: () => stop };
}

test('a worker that a debugger traces is left alone, and that is said once', async () => {
  const { look, hung, warnings } = watchOne({ ...facts, state: 't', tracerPid: 99 }, null);
  for (let index = 0; index < 20; index += 1) await look(100);
  assert.deepEqual(hung, []);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /pid 99 traces it/);
});

test('a worker that has gone on while its stack was read is not given up', async () => {
  const { look, hung, reading } = watchOne(facts, 'at work');
  for (let index = 0; index < 9; index += 1) await look(100);
  const looked = look(100);
  reading.turns += 1;
  await looked;
  assert.deepEqual(hung, []);
});

test('after a pause of its own the watch gives every worker its whole time again', async () => {
  const { look, hung, end, stops } = watchOne(facts, 'at work');
  await look(60_000);
  for (let index = 0; index < 9; index += 1) await look(100);
  assert.deepEqual(hung, []);
  await look(100);
  assert.deepEqual(hung, ['at work']);
  end();
  assert.equal(stops(), 1);
});
