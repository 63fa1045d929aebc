/** What a process has used, from two files of /proc: some 10 µs, and nothing of it asks the process. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { parseLoopTimes } from '../../supervisor/proc.js';

export interface ProcessUse {
  /** User and system time of all threads. */
  cpuSeconds: number;
  rssBytes: number;
  /** By a signal or a debugger: it does not run until it is let go on. */
  isStopped: boolean;
}

export interface ProcessReading extends ProcessUse {
  /** How long the loop's thread has run or waited for a processor; null where the kernel does not count it. */
  loopSeconds: number | null;
}

export interface SystemUnits {
  pageBytes: number;
  ticksPerSecond: number;
}

/** Types of entries of the auxiliary vector: getauxval(3). */
const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;

/** The auxiliary vector is pairs of 64-bit words, type and value. */
export function parseUnits(auxiliaryVector: Buffer): SystemUnits {
  const units = { pageBytes: 4096, ticksPerSecond: 100 };
  for (let at = 0; at + 16 <= auxiliaryVector.length; at += 16) {
    const value = Number(auxiliaryVector.readBigUInt64LE(at + 8));
    const type = auxiliaryVector.readBigUInt64LE(at);
    if (type === AT_PAGESZ) units.pageBytes = value;
    if (type === AT_CLKTCK) units.ticksPerSecond = value;
  }
  return units;
}

/** The last that is wanted of some fifty. */
const LAST_FIELD = 24;

/** Fields 3, 14, 15 and 24 of proc(5)'s stat; the name before them, in brackets, may hold anything. */
export function parseStat(text: string, { pageBytes, ticksPerSecond }: SystemUnits): ProcessUse {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ', LAST_FIELD - 2);
  const field = (number: number) => Number(fields[number - 3]);
  return {
    cpuSeconds: (field(14) + field(15)) / ticksPerSecond,
    rssBytes: field(LAST_FIELD) * pageBytes,
    isStopped: /^[Tt]$/.test(fields[0] ?? ''),
  };
}

export function loopKey(pid: number, tid: number): string {
  return `${pid}/${tid}`;
}

/** Where what has been read last is kept until it is parsed: no such file is longer. */
const buffer = Buffer.alloc(1024);

/**
 * The files of the processes that are read again and again, kept open: opening them takes longer than reading them, and
 * there may be 64 workers. An open one belongs to its process for good, also when another gets the pid.
 */
export class ProcessFiles {
  readonly #open = new Map<string, { stat: number; schedstat: number }>();
  #units: SystemUnits | null = null;

  /** `tid`: of the loop's thread. null when there is no such process. */
  read(pid: number, tid = pid): ProcessReading | null {
    try {
      this.#units ??= parseUnits(readFileSync('/proc/self/auxv'));
      const { stat, schedstat } = this.#filesOf(pid, tid);
      const use = parseStat(readText(stat), this.#units);
      const loop = parseLoopTimes(readText(schedstat));
      return { ...use, loopSeconds: loop === null ? null : (loop.ranNs + loop.waitedNs) / 1e9 };
    } catch {
      this.#close(loopKey(pid, tid));
      return null;
    }
  }

  /** Closes those of all others. */
  retain(loops: ReadonlySet<string>): void {
    for (const key of this.#open.keys()) if (!loops.has(key)) this.#close(key);
  }

  #filesOf(pid: number, tid: number): { stat: number; schedstat: number } {
    const known = this.#open.get(loopKey(pid, tid));
    if (known !== undefined) return known;
    const stat = openSync(`/proc/${pid}/stat`, 'r');
    try {
      const files = { stat, schedstat: openSync(`/proc/${pid}/task/${tid}/schedstat`, 'r') };
      this.#open.set(loopKey(pid, tid), files);
      return files;
    } catch (error) {
      closeSync(stat);
      throw error;
    }
  }

  #close(key: string): void {
    const files = this.#open.get(key);
    if (files === undefined) return;
    this.#open.delete(key);
    closeSync(files.stat);
    closeSync(files.schedstat);
  }
}

function readText(fd: number): string {
  return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
}
