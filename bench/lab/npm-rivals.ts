/** Rivals that are packages of npm, installed on demand. */
import { installedVersion } from '../install.js';
import type { Installed } from '../install.js';
import { inProject } from '../paths.js';
import { programRival } from '../steering/rivals.js';
import type { SteeringRival } from '../steering/rivals.js';
import type { RivalEntry } from './rival-entry.js';

/** They load hundreds of modules. */
const READY_DEADLINE_MS = 60_000;

const rivalFile = (name: string): string => inProject('bench', 'rivals', name);

function pm2Entry(name: string, title: string, pm2: Installed['pm2'], env: Record<string, string> = {}): RivalEntry {
  const file = rivalFile('steering-pm2.cjs');
  const entry = { title, family: 'rival' as const };
  if (typeof pm2 === 'string') return { ...entry, rival: refused(name, file, pm2), runtime: undefined };
  const runtime = `PM2 ${installedVersion(pm2.folder, 'pm2')}, Node ${process.versions.node}`;
  return { ...entry, rival: slow(programRival(name, file, { BENCH_PM2: pm2.folder, ...env })), runtime };
}

const refused = (name: string, file: string, reason: string): SteeringRival => ({
  ...programRival(name, file),
  command: () => reason,
});

const slow = (rival: SteeringRival): SteeringRival => ({ ...rival, readyDeadlineMs: READY_DEADLINE_MS });

function wattEntry(watt: Installed['watt']): RivalEntry {
  const file = rivalFile('steering-watt.cjs');
  const entry = { title: 'Watt 3, threads', family: 'rival' as const };
  if (typeof watt === 'string') return { ...entry, rival: refused('watt', file, watt), runtime: undefined };
  const { folder, node } = watt;
  const runtime = `Watt ${installedVersion(folder, 'wattpm')}, Node ${node.version}`;
  return { ...entry, rival: slow(programRival('watt', file, { BENCH_WATT: folder }, node.file)), runtime };
}

export function npmRivals({ pm2, watt }: Installed): RivalEntry[] {
  return [
    pm2Entry('pm2', 'PM2 7, cluster mode', pm2),
    pm2Entry('pm2-graceful', 'PM2 7, graceful stop', pm2, { BENCH_PM2_GRACEFUL: '1' }),
    wattEntry(watt),
  ];
}
