import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CHOICES, type Key, type Mode, press } from '../../src/top/prompt.js';

const SERVICE = { workers: 4, used: 'idle' };
const watching: Mode = { kind: 'watching' };

/** Presses one key after the other; the mode at the end, and what was asked for on the way. */
function type(keys: readonly (string | Key)[], service = SERVICE) {
  let mode = watching;
  const actions: unknown[] = [];
  for (const key of keys) {
    const pressed = press(mode, typeof key === 'string' ? { name: key, sequence: key } : key, service);
    mode = pressed.mode;
    if (pressed.action !== undefined) actions.push(pressed.action.kind === 'quit' ? 'quit' : pressed.action.request);
  }
  return { mode, actions };
}

it('r reloads, + and - scale by one', () => {
  assert.deepEqual(type(['r', '+', '=', '-']).actions, [
    { command: 'reload' },
    { command: 'scale', workers: 5 },
    { command: 'scale', workers: 5 },
    { command: 'scale', workers: 3 },
  ]);
});

it('nobody scales to none, nor beyond what can be', () => {
  assert.deepEqual(type(['-'], { ...SERVICE, workers: 1 }).actions, []);
  assert.deepEqual(type(['+'], { ...SERVICE, workers: 64 }).actions, []);
});

it('q, escape and Ctrl-C end it, other control keys do nothing', () => {
  assert.deepEqual(type(['q']).actions, ['quit']);
  assert.deepEqual(type(['escape']).actions, ['quit']);
  assert.deepEqual(type([{ name: 'c', ctrl: true }]).actions, ['quit']);
  assert.deepEqual(type([{ name: 'r', sequence: '\u0012', ctrl: true }]).actions, []);
});

it('p pauses, and goes on', () => {
  assert.deepEqual(type(['p']).mode, { kind: 'paused' });
  assert.deepEqual(type(['p', ' ']).mode, watching);
});

it('a policy is chosen from the one in force on, round and round, and set by Enter', () => {
  const next = CHOICES[(CHOICES.indexOf('idle') + 1) % CHOICES.length];
  assert.deepEqual(type(['s', 'right', 'return']), { mode: watching, actions: [{ command: 'steer', policy: next }] });
  const round = Array.from({ length: CHOICES.length }, () => 'left');
  assert.deepEqual(type(['s', ...round, 'return']).actions, [{ command: 'steer', policy: 'idle' }]);
});

it('q leaves the choice without setting anything, and letters do nothing in it', () => {
  assert.deepEqual(type(['s', 'right', 'r', '+', 'q']), { mode: watching, actions: [] });
});

it('Ctrl-C ends it also while a policy is chosen', () => {
  assert.deepEqual(type(['s', { name: 'c', ctrl: true }]).actions, ['quit']);
});

it('a policy with arguments, which is not among them, begins at the first', () => {
  assert.deepEqual(type(['s', 'return'], { ...SERVICE, used: 'weighted:1,2' }).actions, [
    { command: 'steer', policy: 'auto' },
  ]);
});
