import { readlinkSync } from 'node:fs';
import { CHANNEL_VARIABLE, THREAD_VARIABLE } from './names.js';

export { ADDON_VARIABLE, CHANNEL_VARIABLE, MARK_VARIABLE } from './names.js';

export interface Identity {
  /** This loop's own. */
  channelFd: number;
  /** Of all loops of the process, this one's first; in the main thread. */
  channelFds: readonly number[];
  /** 0: the main thread. */
  thread: number;
  /** The kernel's number of this thread. */
  tid: number;
}

/**
 * Is this a loop of a worker: its main thread, or one that the bootstrap has started there? Takes the variables out of the
 * environment, so that what the program starts (which inherits execArgv, and with it the bootstrap) is plain Node. null in
 * everything else.
 */
export function takeIdentity(env: NodeJS.ProcessEnv): Identity | null {
  const { [CHANNEL_VARIABLE]: text, [THREAD_VARIABLE]: threadText } = env;
  const thread = Number(threadText ?? 0);
  const tid = threadId();
  if (text === undefined || (tid === process.pid) !== (thread === 0)) return null;
  delete env[CHANNEL_VARIABLE];
  delete env[THREAD_VARIABLE];
  const channelFds = text.split(',').map(Number);
  const [channelFd = 0] = channelFds;
  const isSound = channelFds.every((fd) => Number.isInteger(fd) && fd > 2);
  return isSound ? { channelFd, channelFds, thread, tid } : null;
}

/** From `<pid>/task/<tid>`: node:worker_threads would tell the main thread, too, but is more than a millisecond to load. */
function threadId(): number {
  try {
    const [, , tid] = readlinkSync('/proc/thread-self').split('/');
    return Number(tid);
  } catch {
    return process.getBuiltinModule('node:worker_threads').isMainThread ? process.pid : 0;
  }
}
