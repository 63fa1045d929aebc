/** The operating system as the supervisor sees it: everything with an effect on processes and time passes here. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { ProcessFacts } from './hang.js';
import { keepOwn } from './own-children.js';
import { type LoopTimes, readLoopTimes, readProcessFacts, readRssBytes } from './proc.js';

export type { LoopTimes } from './proc.js';

export interface SpawnRequest {
  executable: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Become descriptors of the child, from {@link CHANNEL_FD} on. */
  channelFds: readonly number[];
  /** What it prints goes there; null: where this process prints. */
  outputFd: number | null;
}

export interface ExitReport {
  code: number | null;
  signal: string | null;
  /** Why there never was a process. */
  error: string | null;
}

export interface Os {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Calls `action` after `afterMs`; the returned function takes it back. */
  timer(afterMs: number, action: () => void): () => void;
  /** Calls `action` again and again; keeps no process alive. The returned function ends it. */
  every(everyMs: number, action: () => void): () => void;
  /** Starts a process and returns its pid; null when it could not be started: `onExit` then says why. */
  spawn(request: SpawnRequest, onExit: (report: ExitReport) => void): number | null;
  /** Sends a signal to a process that this supervisor started and has not yet seen exit. */
  signal(pid: number, signal: NodeJS.Signals): void;
  /** Resident memory; null when there is no such process. */
  rssBytes(pid: number): number | null;
  /** How long a thread of a process has run, and waited for a processor; null when that cannot be told. */
  loopTimes(pid: number, tid: number): LoopTimes | null;
  /** What the kernel says of a process and its thread; null when there is none. */
  processFacts(pid: number, tid: number): ProcessFacts | null;
}

export const CHANNEL_FD = 3;

/**
 * A timer that is later than this did not fire because this process stood still (SIGSTOP, a frozen cgroup). Workers that
 * needed an answer stood still with it, so what they have time for begins anew, once.
 */
const SUSPENDED_MS = 200;

export const realOs: Os = {
  nowMs: () => performance.now(),
  timer: (afterMs, action) => {
    const dueMs = performance.now() + afterMs;
    let timer = setTimeout(() => {
      if (performance.now() - dueMs > SUSPENDED_MS) timer = setTimeout(action, afterMs);
      else action();
    }, afterMs);
    return () => clearTimeout(timer);
  },
  every: (everyMs, action) => {
    const timer = setInterval(action, everyMs).unref();
    return () => clearInterval(timer);
  },
  spawn: (request, onExit) => {
    let reported = false;
    const report = (exit: ExitReport) => {
      if (reported) return;
      reported = true;
      onExit(exit);
    };
    const output = request.outputFd ?? 'inherit';
    // A session of its own: a Ctrl-C on the terminal reaches the master alone, which then decides for all.
    const child = spawn(request.executable, request.args, {
      cwd: request.cwd,
      env: { ...request.env },
      stdio: ['ignore', output, output, ...request.channelFds],
      detached: true,
    });
    keepOwn(child);
    child.once('error', (error) => {
      if (child.pid === undefined) report({ code: null, signal: null, error: spawnError(error, request.cwd) });
    });
    child.once('exit', (code, signal) => report({ code, signal, error: null }));
    return child.pid ?? null;
  },
  signal: (pid, signal) => {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // Gone already: its exit is on the way.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  },
  rssBytes: readRssBytes,
  loopTimes: readLoopTimes,
  processFacts: readProcessFacts,
};

/** execve's ENOENT names the program even where the working directory is what is missing. */
export function spawnError(error: Error, cwd: string): string {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync(cwd);
  return missing ? `its folder ${cwd} does not exist` : error.message;
}
