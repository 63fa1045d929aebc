/** Processes that belong to one start, wherever they hang in the process tree: their environment has its mark. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const NAME = 'REUSEPORT_BENCH_MARK';

export interface Mark {
  environment: Record<string, string>;
  text: string;
}

export function newMark(): Mark {
  const id = randomUUID();
  return { environment: { [NAME]: id }, text: `${NAME}=${id}` };
}

/** Their pids; zombies have no environment any more and do not count. */
export function markedProcesses({ text }: Mark): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => environmentOf(pid).includes(text));
}

/** Waits until all have ended; kills those that have not by then, and says which. */
export async function endMarked(mark: Mark, withinMs: number): Promise<string[]> {
  const deadline = Date.now() + withinMs;
  while (markedProcesses(mark).length > 0 && Date.now() < deadline) await delay(20);
  const left = markedProcesses(mark).map((pid) => ({ pid, what: `process ${pid} (${commandOf(pid)}) is left` }));
  for (const { pid } of left) kill(pid);
  while (markedProcesses(mark).length > 0) await delay(20);
  return left.map(({ what }) => what);
}

/** As long as processes may go on starting others faster than they are killed. */
const KILLING_MS = 5_000;

/** Kills them and what they start meanwhile, without giving way to anything else: for the exit of an interrupted run. */
export function killMarkedNow(mark: Mark): void {
  const deadline = Date.now() + KILLING_MS;
  for (let left = markedProcesses(mark); left.length > 0 && Date.now() < deadline; left = markedProcesses(mark)) {
    for (const pid of left) kill(pid);
  }
}

/** One that has ended meanwhile is no error. */
export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function environmentOf(pid: number): string {
  return readOr(`/proc/${pid}/environ`, '');
}

function commandOf(pid: number): string {
  return readOr(`/proc/${pid}/cmdline`, '?').replaceAll('\0', ' ').trim();
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return otherwise; // it has ended, or is somebody else's
  }
}
