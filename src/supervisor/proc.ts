/** What /proc says about a process. */
import { readFileSync } from 'node:fs';
import type { ProcessFacts } from './hang.js';

/** Resident memory; null when there is no such process. */
export function readRssBytes(pid: number): number | null {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/status`) ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

/** Of a thread, since it began. */
export interface LoopTimes {
  ranNs: number;
  /** For a processor. */
  waitedNs: number;
}

/** By the first two figures of schedstat; null when there is none: no such process, or a kernel without CONFIG_SCHED_INFO. */
export function readLoopTimes(pid: number, tid: number): LoopTimes | null {
  return parseLoopTimes(readText(`/proc/${pid}/task/${tid}/schedstat`) ?? '');
}

export function parseLoopTimes(schedstat: string): LoopTimes | null {
  const [ranNs, waitedNs] = schedstat.split(' ').map(Number);
  return ranNs === undefined || waitedNs === undefined || ranNs + waitedNs === 0 ? null : { ranNs, waitedNs };
}

/** null when there is no such process. What may not be read, as with another user's process, is left out. */
export function readProcessFacts(pid: number, tid: number): ProcessFacts | null {
  const status = readText(`/proc/${pid}/task/${tid}/status`);
  if (status === null) return null;
  const waitsIn = readText(`/proc/${pid}/task/${tid}/wchan`)?.trim() ?? '0';
  // "running", or the number and its arguments.
  const call = Number.parseInt(readText(`/proc/${pid}/task/${tid}/syscall`) ?? '', 10);
  return {
    state: /^State:\s+(\S)/m.exec(status)?.[1] ?? '?',
    tracerPid: Number(/^TracerPid:\s+(\d+)/m.exec(status)?.[1] ?? 0),
    waitsIn: waitsIn === '0' || waitsIn === '' ? null : waitsIn,
    systemCall: Number.isNaN(call) || call < 0 ? null : call,
    children: childrenOf(pid, tid).map((child) => ({ pid: child, command: commandOf(child) })),
  };
}

/** Of the thread that has started them. Empty where the kernel does not list children. */
function childrenOf(pid: number, tid: number): number[] {
  const text = readText(`/proc/${pid}/task/${tid}/children`) ?? '';
  return text.split(' ').filter(Boolean).map(Number);
}

function commandOf(pid: number): string {
  const words = readText(`/proc/${pid}/cmdline`)?.split('\0').filter(Boolean) ?? [];
  return words.join(' ').slice(0, 80) || '?';
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
