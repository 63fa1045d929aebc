/** When a loop that has stopped turning is given up. Pure; times are nanoseconds of the state page's clock. */
import { formatDuration } from '../config/duration.js';

/** What a worker's row says now. */
export interface TurnReading {
  /** Counts the turns of the loop. */
  turns: number;
  /** Since when it has been in its present turn; 0: it waits for events, or cannot be observed in a turn. */
  busySinceNs: number;
  /** Something is known to wait for it. */
  isAwaited: boolean;
}

/** What is remembered of a worker from look to look. */
export interface LoopMemory {
  turns: number;
  /** When that number was first seen. */
  seenAtNs: number;
  /** When the worker was asked to turn its loop; null: it was not. */
  askedAtNs: number | null;
}

export type LoopVerdict = { kind: 'alive' } | { kind: 'ask' } | { kind: 'turn' | 'silent'; forNs: number };

/**
 * A loop in one turn is hung after `timeoutNs`. One that waits for events may be idle or stopped: where something waits
 * for it, or half of the time has passed, it is asked, and is hung when it has not turned `timeoutNs` later.
 *
 * @param watchedSinceNs the watcher itself stood still before: what happened until then counts for nothing
 */
export function judgeLoop(
  before: LoopMemory | undefined,
  { turns, busySinceNs, isAwaited }: TurnReading,
  nowNs: number,
  timeoutNs: number,
  watchedSinceNs: number,
): { memory: LoopMemory; verdict: LoopVerdict } {
  const memory = before?.turns === turns ? before : { turns, seenAtNs: nowNs, askedAtNs: null };
  if (busySinceNs !== 0) {
    const forNs = nowNs - Math.max(busySinceNs, watchedSinceNs);
    return { memory, verdict: forNs >= timeoutNs ? { kind: 'turn', forNs } : { kind: 'alive' } };
  }
  if (memory.askedAtNs === null) {
    if (!isAwaited && nowNs - Math.max(memory.seenAtNs, watchedSinceNs) < timeoutNs / 2) {
      return { memory, verdict: { kind: 'alive' } };
    }
    return { memory: { ...memory, askedAtNs: nowNs }, verdict: { kind: 'ask' } };
  }
  const forNs = nowNs - Math.max(memory.askedAtNs, watchedSinceNs);
  return { memory, verdict: forNs >= timeoutNs ? { kind: 'silent', forNs } : { kind: 'alive' } };
}

/** How often the rows are looked at, in milliseconds. */
export function lookEveryMs(timeoutMs: number): number {
  return Math.min(1_000, Math.max(20, Math.ceil(timeoutMs / 10)));
}

/** What the kernel says of a process. */
export interface ProcessFacts {
  /** The letter of proc(5): R, S, D, T, t, Z. */
  state: string;
  /** The process that traces it (a debugger, strace); 0: none. */
  tracerPid: number;
  /** The kernel function in which it waits; null: none, or it may not be known. */
  waitsIn: string | null;
  systemCall: number | null;
  children: { pid: number; command: string }[];
}

/** Where a process is that gives no JavaScript stack: the end of a sentence, without a full stop. */
export function explainNative(facts: ProcessFacts | null): string {
  if (facts === null) return 'it gives no JavaScript stack, and the kernel knows nothing of it';
  const { state, waitsIn, systemCall, children } = facts;
  if (state === 'T') return 'it is stopped by a signal (SIGSTOP or its like)';
  const call = systemCall === null ? '' : `, in system call ${systemCall}`;
  const where = waitsIn === null ? call : `${call}, waiting in the kernel's ${waitsIn}`;
  const doing = state === 'R' ? 'it runs native code' : `it is in native code (state ${state}${where})`;
  const list = children.map(({ pid, command }) => `${command} (pid ${pid})`).join(', ');
  return `${doing}, so there is no JavaScript stack${list === '' ? '' : `; it has started: ${list}`}`;
}

/** `in one turn for 31s (hangTimeout 30s)`. */
export function explainHang(kind: 'turn' | 'silent', forMs: number, timeoutMs: number): string {
  const seconds = `${(forMs / 1000).toFixed(1)} s`;
  const limit = `(hangTimeout ${formatDuration(timeoutMs)})`;
  return kind === 'turn'
    ? `its event loop has been in one turn for ${seconds} ${limit}`
    : `its event loop has not turned for ${seconds}, though it was asked to ${limit}`;
}

/** The option by which a debugger may stop the program for as long as it likes; undefined: there is none. */
export function inspectOption(nodeArgs: readonly string[]): string | undefined {
  return nodeArgs.find((arg) => /^--inspect(-brk|-wait|-brk-node)?(=|$)/.test(arg));
}
