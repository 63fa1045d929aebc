/** The descriptor of the channel to the master, in a worker's environment. */
export const CHANNEL_VARIABLE = 'REUSEPORT_CHANNEL';
/** Absolute path of the addon, so that a worker need not search for it. */
export const ADDON_VARIABLE = 'REUSEPORT_ADDON';
/** Inherited by everything that a worker starts, so that the master finds it when the worker is gone (src/supervisor/mark.ts). */
export const MARK_VARIABLE = 'REUSEPORT_STARTED_BY';
