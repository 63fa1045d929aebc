/** Which control socket a command such as `status` talks to. */

import { join, resolve } from 'node:path';

import { ReuseportError } from '../errors.js';
import { checkControlPath, defaultControlFolder, defaultControlPath } from './control-path.js';
import type { ControlPlace } from './control-path.js';
import { NAME_PATTERN } from './option-table.js';

const SUFFIX = '.sock';

export interface ControlChoice {
  /** From --name. */
  readonly name: string | undefined;
  /** From --control. */
  readonly control: string | undefined;
}

export interface FindControlHost extends ControlPlace {
  readonly cwd: string;
  /** The names in a folder; empty when there is no such folder. */
  readonly listFolder: (folder: string) => Promise<readonly string[]>;
}

/** The only socket in a listing. Throws ERR_CONTROL_UNREACHABLE without one, ERR_USAGE with several, naming them. */
export function chooseControl(folder: string, listing: readonly string[]): string {
  const names = listing
    .filter((entry) => entry.endsWith(SUFFIX) && NAME_PATTERN.test(entry.slice(0, -SUFFIX.length)))
    .map((entry) => entry.slice(0, -SUFFIX.length))
    .toSorted();
  const [only] = names;
  if (only === undefined) {
    const why = `no master runs: no control socket in ${folder}. One elsewhere is found with --control.`;
    throw new ReuseportError('ERR_CONTROL_UNREACHABLE', why, { fields: { folder } });
  }
  if (names.length > 1) {
    const why = `which master? There are ${names.length}: ${names.join(', ')}. Say which with --name.`;
    throw new ReuseportError('ERR_USAGE', why, { fields: { folder, names } });
  }
  return join(folder, only + SUFFIX);
}

/**
 * Absolute path of the control socket: by --control, --name, REUSEPORT_CONTROL, REUSEPORT_NAME, or else the only one in
 * the default folder. Nothing is connected to; the socket may be stale.
 */
export async function findControlPath({ name, control }: ControlChoice, host: FindControlHost): Promise<string> {
  const { env, cwd } = host;
  const useEnvironment = control === undefined && name === undefined;
  const chosenControl = control ?? (useEnvironment ? env['REUSEPORT_CONTROL'] : undefined);
  const chosenName = name ?? (useEnvironment ? env['REUSEPORT_NAME'] : undefined);
  if (chosenName && !chosenControl && !NAME_PATTERN.test(chosenName)) {
    throw new ReuseportError('ERR_USAGE', `name: ${JSON.stringify(chosenName)} cannot be the name of a master`);
  }
  let path: string;
  if (chosenControl) path = resolve(cwd, chosenControl);
  else if (chosenName) path = defaultControlPath(chosenName, host);
  else path = chooseControl(defaultControlFolder(host), await host.listFolder(defaultControlFolder(host)));
  checkControlPath(path);
  return path;
}
