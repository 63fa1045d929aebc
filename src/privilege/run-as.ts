/** The launcher beside the addon, native/launcher/run_as.cc: what is done as another user is done through it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { ReuseportError } from '../errors.js';
import { companionOf } from '../native/companions.js';
import { COMPILE_IT } from '../native/load.js';
import type { Identity } from './worker-user.js';

export interface RunAs {
  /** Absolute path of the launcher. */
  launcher: string;
  /** null: the master's own. */
  identity: Identity | null;
  /** null: the master's own. */
  umask: number | null;
}

/** Would this call be allowed. */
export type FileQuestion = ['read' | 'execute', path: string];
export type FileChange = ['unlink', path: string] | ['link', from: string, to: string];

/** In front of each variable that is the program's and not the launcher's. */
const MARK = '@';
/** Of the launcher: the identity could not be assumed. */
const NO_IDENTITY = 125;
const KEEP = '-';

/** @throws ReuseportError ERR_ADDON_MISSING when there is no launcher beside the addon. */
export function findLauncher(addonPath: string): string {
  const path = companionOf(addonPath, 'reuseport-run-as');
  if (existsSync(path)) return path;
  throw new ReuseportError('ERR_ADDON_MISSING', `${path} is missing. ${COMPILE_IT}`);
}

/** The command that runs `file` with that identity, in the same process. */
export function commandAs(
  { launcher, identity, umask }: RunAs,
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
) {
  const marked = Object.entries(env).filter(([, value]) => value !== undefined);
  return {
    executable: launcher,
    args: [...identityWords(identity, umask), 'exec', file, ...args],
    env: Object.fromEntries(marked.map(([name, value]) => [MARK + name, value])),
  };
}

/**
 * Makes the calls with the rights of that user, one after the other, and waits: a few milliseconds. Returns for each the
 * errno name, or null where it went well. @throws ReuseportError ERR_USER_DENIED when the identity cannot be assumed.
 */
export function callAs(
  launcher: string,
  identity: Identity,
  calls: readonly (FileQuestion | FileChange)[],
): (string | null)[] {
  const args = [...identityWords(identity, null), 'act', ...calls.flat()];
  const { error, status, stdout, stderr } = spawnSync(launcher, args, { env: {}, encoding: 'utf8' });
  if (status !== 0) {
    const why = error?.message ?? (status === NO_IDENTITY ? stderr.trim() : `${launcher} ended with ${status}`);
    const message = `the master cannot start processes of uid ${identity.uid}: ${why}`;
    throw new ReuseportError('ERR_USER_DENIED', message, { cause: error, fields: { uid: identity.uid } });
  }
  const outcomes = stdout.trimEnd().split('\n').map(Number);
  return calls.map((_, index) => (outcomes[index] === 0 ? null : getSystemErrorName(-(outcomes[index] ?? 5))));
}

function identityWords(identity: Identity | null, umask: number | null): string[] {
  const mask = umask === null ? KEEP : umask.toString(8);
  if (identity === null) return [KEEP, KEEP, KEEP, mask];
  return [String(identity.uid), String(identity.gid), identity.groups.join(','), mask];
}
