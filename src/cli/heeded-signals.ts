/** What a master obeys, and process 1 of a container passes on to it: kPassedOn in native/init/init.cc is the same. */
export const HEEDED_SIGNALS = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGTTIN',
  'SIGTTOU',
] as const satisfies readonly NodeJS.Signals[];

export type HeededSignal = (typeof HEEDED_SIGNALS)[number];
