/** Between the master and the thread of the hooks. */
import type { HookName } from './hooks.js';

export interface HookThreadData {
  /** Absolute path of the config file, which the thread imports. */
  readonly configFile: string;
}

export interface HookCall {
  readonly id: number;
  readonly hook: HookName;
  readonly about: unknown;
}

export interface HookAnswer {
  readonly id: number;
  /** The stack, or the text, of what it threw; null: nothing. */
  readonly error: string | null;
}
