/** What the kernel counts of the programs that a process holds: no right beyond reading its /proc, and no API of ours. */
import { readdirSync } from 'node:fs';
import { readText } from '../system.js';

export interface ProgramRuns {
  runs: number;
  runNs: number;
}

/** Of all steering programs to which the process has a descriptor, each once; undefined where it has none. */
export function programRuns(pid: number): ProgramRuns | undefined {
  const folder = `/proc/${pid}/fdinfo`;
  const programs = new Map<string, ProgramRuns>();
  for (const fd of readdirSync(folder)) {
    const text = readText(`${folder}/${fd}`);
    const id = text === undefined ? undefined : /^prog_id:\s*(\d+)$/m.exec(text)?.[1];
    if (text === undefined || id === undefined) continue;
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)$`, 'm').exec(text)?.[1] ?? 0);
    programs.set(id, { runs: field('run_cnt'), runNs: field('run_time_ns') });
  }
  if (programs.size === 0) return undefined;
  const all = [...programs.values()];
  return {
    runs: all.reduce((sum, { runs }) => sum + runs, 0),
    runNs: all.reduce((sum, { runNs }) => sum + runNs, 0),
  };
}
