import { poolOf } from '../check/pool.js';
import { takeReadings } from '../check/readings.js';
import { reportOf } from '../check/report.js';
import { loadAddon } from '../native/load.js';
import { packageInfo } from './package-info.js';
import { formatCheck } from './show-check.js';

/**
 * What this machine allows, as text. `pool` is the size that was asked about.
 * @throws Error with code ERR_ADDON_MISSING; nothing else that the machine could cause.
 */
export async function check(json: boolean, pool: number | undefined): Promise<string> {
  const report = reportOf(await takeReadings(loadAddon(), poolOf(pool, process.env)), packageInfo().version);
  return json ? JSON.stringify(report) : formatCheck(report);
}
