/** From the options about rights to how workers are started: looked up, and tried, before the first one is. */
import type { Resolution } from '../config/resolved-config.js';
import type { Addon } from '../native/addon.js';
import { checkRights, handsDownSteering, ownStatus } from './effective-rights.js';
import { findObstacle, type Needed, unreachable } from './reach.js';
import { callAs, findLauncher, type RunAs } from './run-as.js';
import { resolveWorkerUser, type WorkerUser } from './worker-user.js';

export interface WorkerRights {
  /** null: the workers run as the master does. */
  user: WorkerUser | null;
  /** null: nothing about their rights differs from the master's. */
  runAs: RunAs | null;
}

/** Our own files that a worker opens, with absolute paths. */
export interface WorkerFiles {
  bootstrap: string;
  addon: string;
}

/** @throws ReuseportError ERR_CONFIG_INVALID, ERR_USER_DENIED, ERR_NO_PROC, ERR_ADDON_MISSING; SystemError of the account lookup. */
export function prepareWorkerRights(addon: Addon, resolution: Resolution, files: WorkerFiles): WorkerRights {
  const { config, sources } = resolution;
  const wish = {
    user: config.user,
    userSource: sources.user.text,
    group: config.group,
    groupSource: sources.group.text,
  };
  const user = resolveWorkerUser(wish, addon, { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 });
  const umask = config.umask ?? null;
  const status = ownStatus();
  if (user === null && umask === null && !handsDownSteering(status)) return { user, runAs: null };
  const launcher = findLauncher(files.addon);
  if (user !== null) {
    checkRights(user, status);
    const obstacle = findObstacle(neededFiles(resolution, files), (questions) => callAs(launcher, user, questions));
    if (obstacle !== null) throw unreachable(user, obstacle);
  }
  return { user, runAs: { launcher, identity: user, umask } };
}

function neededFiles({ config }: Resolution, { bootstrap, addon }: WorkerFiles): Needed[] {
  const install = 'install it where that user can reach it';
  return [
    { what: 'Node', path: process.execPath, verb: 'execute', otherwise: install },
    { what: "reuseport's bootstrap", path: bootstrap, verb: 'read', otherwise: install },
    { what: "reuseport's addon", path: addon, verb: 'read', otherwise: install },
    { what: 'the working folder', path: config.workingDirectory, verb: 'enter', otherwise: 'choose another: --chdir' },
    { what: 'the script', path: config.script, verb: 'read', otherwise: 'move it' },
  ];
}
