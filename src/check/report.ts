import type { Capabilities } from '../steering/capabilities.js';
import { judge } from './judge.js';
import type { Readings } from './readings.js';
import type { CheckRow } from './rows.js';

/** What `check --json` prints: stable fields, others may be added. docs/check.md describes them. */
export interface CheckReport {
  /** Of reuseport. */
  version: string;
  node: string;
  /** uname -r. */
  kernel: string;
  /** Effective. */
  uid: number;
  /** What `--steer auto` would use here, as in the status of a master. */
  steer: { asked: string; used: string; why: string };
  /** As the library's `probe()` returns it. */
  capabilities: Capabilities;
  rows: CheckRow[];
}

export function reportOf(readings: Readings, version: string): CheckReport {
  const { node, kernel, uid } = readings.host;
  const { steer, rows } = judge(readings);
  return { version, node, kernel: kernel.release, uid, steer, capabilities: readings.capabilities, rows };
}
