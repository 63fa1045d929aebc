/** The hooks of a config file, told apart from its options. */
import { HOOK_NAMES, type HookName } from '../hooks/hooks.js';
import type { ConfigFile } from './config-file.js';
import { showValue } from './show-value.js';

export interface FileHooks {
  readonly hooks: readonly HookName[];
  /** A sentence each. */
  readonly problems: readonly string[];
  /** What the file holds beside them. */
  readonly rest: unknown;
}

const isHookName = (key: string): key is HookName => (HOOK_NAMES as readonly string[]).includes(key);

export function takeHooks({ raw, title }: ConfigFile): FileHooks {
  if (typeof raw !== 'object' || raw === null) return { hooks: [], problems: [], rest: raw };
  const entries = Object.entries(raw).filter(([, value]) => value !== undefined);
  const own = entries.filter(([key]) => isHookName(key));
  return {
    hooks: own.flatMap(([key]) => (isHookName(key) ? [key] : [])),
    problems: own
      .filter(([, value]) => typeof value !== 'function')
      .map(([key, value]) => `${key}: expected a function, got ${showValue(value)} (from ${title}: ${key})`),
    // What is no object of options stays what it is, for the message.
    rest: own.length === 0 ? raw : Object.fromEntries(entries.filter(([key]) => !isHookName(key))),
  };
}
