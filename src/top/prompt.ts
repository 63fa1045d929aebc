/** What the keys of `reuseport top` do. Pure: what is to be asked of the master is returned. */
import { MOST_WORKERS } from '../config/workers.js';
import { POLICY_NAMES } from '../steering/policy-text.js';
import type { ControlRequest } from '../supervisor/control-protocol.js';

export interface Key {
  /** As node:readline names it; undefined of a character that has no name. */
  name?: string | undefined;
  sequence?: string | undefined;
  ctrl?: boolean | undefined;
}

export type Mode = { kind: 'watching' } | { kind: 'paused' } | { kind: 'choosing'; policy: number };

export type Action = { kind: 'quit' } | { kind: 'ask'; request: ControlRequest; doing: string };

export interface Pressed {
  mode: Mode;
  action?: Action;
}

/** What may be chosen; arguments, as of `weighted:1,2`, are for `reuseport steer`. */
export const CHOICES: readonly string[] = ['auto', ...POLICY_NAMES];

const WATCHING: Mode = { kind: 'watching' };

/** `workers`: how many are meant to serve; `used`: the policy in force. */
export function press(mode: Mode, key: Key, { workers, used }: { workers: number; used: string }): Pressed {
  if (key.ctrl === true) return key.name === 'c' ? { mode, action: { kind: 'quit' } } : { mode };
  return mode.kind === 'choosing' ? choose(mode, key) : command(mode, key, workers, used);
}

const STEPS: Readonly<Record<string, number>> = { right: 1, down: 1, tab: 1, left: -1, up: -1 };

function choose(mode: Extract<Mode, { kind: 'choosing' }>, { name = '' }: Key): Pressed {
  const step = STEPS[name];
  if (step !== undefined) {
    return { mode: { kind: 'choosing', policy: (mode.policy + step + CHOICES.length) % CHOICES.length } };
  }
  if (name === 'return' || name === 'enter') {
    const policy = CHOICES[mode.policy] ?? 'auto';
    return { mode: WATCHING, action: asked({ command: 'steer', policy }, `steering by ${policy}`) };
  }
  return { mode: name === 'escape' || name === 'q' ? WATCHING : mode };
}

function command(mode: Mode, { name, sequence = '' }: Key, serving: number, used: string): Pressed {
  if (name === 'q' || name === 'escape') return { mode, action: { kind: 'quit' } };
  if (sequence === 'r') return { mode, action: asked({ command: 'reload' }, 'reloading') };
  if (sequence === 's') return { mode: { kind: 'choosing', policy: Math.max(0, CHOICES.indexOf(used)) } };
  if (sequence === 'p' || sequence === ' ') return { mode: mode.kind === 'paused' ? WATCHING : { kind: 'paused' } };
  const more = sequence === '+' || sequence === '=' ? 1 : sequence === '-' ? -1 : 0;
  const workers = serving + more;
  if (more === 0 || workers < 1 || workers > MOST_WORKERS) return { mode };
  return { mode, action: asked({ command: 'scale', workers }, `scaling to ${workers}`) };
}

function asked(request: ControlRequest, doing: string): Action {
  return { kind: 'ask', request, doing };
}
