import { isMainThread } from 'node:worker_threads';
import { CHANNEL_VARIABLE } from './names.js';

export { ADDON_VARIABLE, CHANNEL_VARIABLE } from './names.js';

export interface Identity {
  channelFd: number;
}

/**
 * Is this process a worker? Takes the variables out of the environment, so that what the program starts (which inherits
 * execArgv, and with it the bootstrap) is a plain Node process. null in anything but a worker's main thread.
 */
export function takeIdentity(env: NodeJS.ProcessEnv): Identity | null {
  const text = env[CHANNEL_VARIABLE];
  if (text === undefined || !isMainThread) return null;
  delete env[CHANNEL_VARIABLE];
  const channelFd = Number(text);
  return Number.isInteger(channelFd) && channelFd > 2 ? { channelFd } : null;
}
