/** How a worker is started: the program as Node's main module, with the bootstrap preloaded. */
import { ADDON_VARIABLE, CHANNEL_VARIABLE } from '../worker/identity.js';
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
}

/** What a parent of ours may have left for its own children: a worker must not take it for itself. */
const NOT_INHERITED = { NODE_CHANNEL_FD: undefined, NODE_CHANNEL_SERIALIZATION_MODE: undefined };

export function spawnRequest(launch: Launch, slot: number, channelFd: number): SpawnRequest {
  return {
    executable: process.execPath,
    // The bootstrap comes last, so that it loads after what the user preloads and the program still runs as main.
    args: [...launch.nodeArgs, '--require', launch.bootstrap, launch.script, ...launch.args],
    cwd: launch.cwd,
    env: {
      ...process.env,
      ...launch.env,
      ...NOT_INHERITED,
      // Makes Node take the path of a cluster worker, without an IPC channel.
      NODE_UNIQUE_ID: String(slot + 1),
      [CHANNEL_VARIABLE]: String(CHANNEL_FD),
      [ADDON_VARIABLE]: launch.addon,
    },
    channelFd,
  };
}
