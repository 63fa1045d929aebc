import { readlinkSync } from 'node:fs';
import { CHANNEL_VARIABLE } from './names.js';

export { ADDON_VARIABLE, CHANNEL_VARIABLE, MARK_VARIABLE } from './names.js';

export interface Identity {
  channelFd: number;
}

/**
 * Is this process a worker? Takes the variables out of the environment, so that what the program starts (which inherits
 * execArgv, and with it the bootstrap) is a plain Node process. null in anything but a worker's main thread.
 */
export function takeIdentity(env: NodeJS.ProcessEnv): Identity | null {
  const text = env[CHANNEL_VARIABLE];
  if (text === undefined || !isMainThread()) return null;
  delete env[CHANNEL_VARIABLE];
  const channelFd = Number(text);
  return Number.isInteger(channelFd) && channelFd > 2 ? { channelFd } : null;
}

/** From `<pid>/task/<tid>`: node:worker_threads would say it too, but is more than a millisecond to load. */
function isMainThread(): boolean {
  try {
    const [pid, , tid] = readlinkSync('/proc/thread-self').split('/');
    return pid === tid;
  } catch {
    return process.getBuiltinModule('node:worker_threads').isMainThread;
  }
}
