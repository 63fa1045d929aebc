/** What `check` says: a row for each thing that matters. */

/**
 * `ok`: as good as it gets, or of no consequence. `notice`: works, but less well than this machine could. `problem`:
 * connections will be lost or refused under ordinary load. `unknown`: could not be looked at.
 */
export type CheckStatus = 'ok' | 'notice' | 'problem' | 'unknown';

/** In the order of the rows. */
export const CHECK_IDS = [
  'cap-bpf',
  'ebpf',
  'shared-page',
  'migration',
  'migration-wakeup',
  'classic-bpf',
  'incoming-cpu',
  'loop-probe',
  'somaxconn',
  'tcp-max-syn-backlog',
  'tcp-syncookies',
  'tcp-migrate-req',
  'open-files',
  'receive-queues',
  'receive-flow-steering',
  'workers',
  'pool',
] as const;

export type CheckId = (typeof CHECK_IDS)[number];

export interface CheckRow {
  id: CheckId;
  status: CheckStatus;
  title: string;
  /** What was found, for people. */
  value: string;
  /** What that means for a service, one or two sentences. */
  meaning: string;
  /** Commands or settings, each of which mends it; empty where nothing is to be mended, or another row says how. */
  mend: string[];
}

export type Judgement = Omit<CheckRow, 'id'>;

/** What could not be looked at, with why. */
export function unknownRow(title: string, why: string, meaning: string): Judgement {
  return { status: 'unknown', title, value: why, meaning, mend: [] };
}
