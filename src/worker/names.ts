/** The descriptors of the channels to the master, one for each event loop, in a worker's environment. */
export const CHANNEL_VARIABLE = 'REUSEPORT_CHANNEL';
/** Which event loop of its worker a thread is, from 1 on; not in the environment of the main thread. */
export const THREAD_VARIABLE = 'REUSEPORT_THREAD';
/** Absolute path of the addon, so that a worker need not search for it. */
export const ADDON_VARIABLE = 'REUSEPORT_ADDON';
/** Inherited by everything that a worker starts, so that the master finds it when the worker is gone (src/supervisor/mark.ts). */
export const MARK_VARIABLE = 'REUSEPORT_STARTED_BY';
