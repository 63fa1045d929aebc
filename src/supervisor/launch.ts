/** How a worker is started: the program as Node's main module, with the bootstrap preloaded. */
import { ADDON_VARIABLE, CHANNEL_VARIABLE, MARK_VARIABLE } from '../worker/identity.js';
import { commandAs, type RunAs } from '../privilege/run-as.js';
import { CHANNEL_FD, type SpawnRequest } from './os.js';

export interface Launch {
  /** Absolute path of the bundled bootstrap. */
  bootstrap: string;
  /** Absolute path of the addon: found once, because a search needs descriptors that may be lacking later. */
  addon: string;
  script: string;
  args: readonly string[];
  nodeArgs: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Of the workers' user; `env` is stronger. undefined takes a variable of the master's away. */
  userEnv: Readonly<Record<string, string | undefined>>;
  /** null: as the master. */
  runAs: RunAs | null;
}

/** What a parent of ours may have left for its own children: a worker must not take it for itself. */
const NOT_INHERITED = {
  NODE_CHANNEL_FD: undefined,
  NODE_CHANNEL_SERIALIZATION_MODE: undefined,
  // systemd hears of the service from the master.
  NOTIFY_SOCKET: undefined,
  WATCHDOG_USEC: undefined,
  WATCHDOG_PID: undefined,
  FDSTORE: undefined,
};

/** @param id what node:cluster calls the worker */
export function spawnRequest(
  launch: Launch,
  id: number,
  channelFds: readonly number[],
  mark: string,
): Omit<SpawnRequest, 'outputFd'> {
  // The bootstrap comes last, so that it loads after what the user preloads and the program still runs as main.
  const args = [...launch.nodeArgs, '--require', launch.bootstrap, launch.script, ...launch.args];
  const env = {
    ...process.env,
    ...launch.userEnv,
    ...launch.env,
    ...NOT_INHERITED,
    // Makes Node take the path of a cluster worker, without an IPC channel.
    NODE_UNIQUE_ID: String(id),
    [CHANNEL_VARIABLE]: channelFds.map((_, index) => CHANNEL_FD + index).join(),
    [ADDON_VARIABLE]: launch.addon,
    [MARK_VARIABLE]: mark,
  };
  const executable = process.execPath;
  const command = launch.runAs === null ? { executable, args, env } : commandAs(launch.runAs, executable, args, env);
  return { ...command, cwd: launch.cwd, channelFds };
}
