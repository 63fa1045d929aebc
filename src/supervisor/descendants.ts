/**
 * Nothing that a worker has started outlives it: whatever is left of it when it is gone gets SIGTERM, and after a grace
 * SIGKILL, each process by its own pid. This process becomes the parent of what has lost its own, and reaps it.
 */
import { constants } from 'node:os';
import type { Addon, SystemError } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import { ForeignProcess } from './foreign-process.js';
import { type Ancestor, descendantsOf, type Household } from './kinship.js';
import { MARK_VARIABLE, newMark, parseMark } from './mark.js';
import { ownChildren } from './own-children.js';
import { type ProcessRow, readChildren, readProcess, readProcesses, readVariable } from './process-table.js';

/** Between looks while something is left: what is not a child of this process does not tell its end. */
const LOOK_MS = 250;
/** A process that outlives SIGKILL by this waits for the kernel, and is left to it. */
const GIVE_UP_MS = 2_000;
/** A spare that gets the slot is heard first: to read all of /proc takes this process about as long as that takes the spare. */
const SETTLE_MS = 25;
/** The pid of no process, and of no session. */
const NOBODY = -1;

interface Leftovers {
  /** Nobody is looked for before, unless somebody waits for the end of it. */
  fromMs: number;
  signal: 'SIGTERM' | 'SIGKILL';
  untilMs: number;
  /** What has got which signal, by pid and start. */
  readonly told: Map<string, NodeJS.Signals>;
}

export interface DescendantsOptions {
  /** Of which service the marks speak. */
  service: string;
  graceMs: number;
}

export class Descendants {
  readonly #addon: Addon;
  readonly #log: Logger;
  readonly #options: DescendantsOptions;
  readonly #session = readProcess(process.pid)?.session ?? 0;
  readonly #living = new Map<number, Ancestor>();
  readonly #gone = new Map<Ancestor, Leftovers>();
  readonly #foreign = new Set<ForeignProcess>();
  readonly #adoptsWorkersOnly: boolean;
  #timer: NodeJS.Timeout | undefined;
  #looksSoon = false;
  #idle: (() => void)[] = [];

  /** Before the first worker. */
  constructor(addon: Addon, log: Logger, options: DescendantsOptions) {
    this.#addon = addon;
    this.#log = log;
    this.#options = options;
    // The orphans of a whole container are those of process 1, and a shell that became this process has left it its own.
    this.#adoptsWorkersOnly = process.pid !== 1 && readChildren(process.pid).length === 0;
    addon.adoptOrphans();
    process.on('SIGCHLD', () => this.#lookSoon());
  }

  newMark(): string {
    return newMark(this.#options.service);
  }

  /** A worker lives; `mark` null: another master has started it. */
  started(pid: number, mark: string | null): void {
    const row = readProcess(pid);
    if (row === null) return;
    this.#living.set(pid, { pid, startTicks: row.startTicks, mark: mark ?? readVariable(pid, MARK_VARIABLE) ?? null });
  }

  /** It lives no more. */
  gone(pid: number): void {
    const ancestor = this.#living.get(pid);
    if (ancestor === undefined) return;
    this.#living.delete(pid);
    this.#addGone(ancestor);
  }

  /** What workers have left that ended while no master looked. */
  sweep(): void {
    for (const ancestor of this.#living.values()) if (!isThere(ancestor)) this.gone(ancestor.pid);
    const known = new Set([...this.#living.values(), ...this.#gone.keys()].map(({ mark }) => mark));
    for (const row of readProcesses()) {
      const found = parseMark(readVariable(row.pid, MARK_VARIABLE) ?? '', this.#options.service);
      if (found === null || known.has(found.mark)) continue;
      known.add(found.mark);
      this.#living.set(found.pid, { ...found, startTicks: 0 });
      if (readVariable(found.pid, MARK_VARIABLE) === found.mark) this.#watch(found.pid);
      else this.gone(found.pid);
    }
  }

  /** Resolves when nothing is left of workers that are gone. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#lookSoon();
    });
  }

  /** No grace any more. */
  kill(): void {
    for (const leftovers of this.#gone.values()) if (leftovers.signal === 'SIGTERM') leftovers.untilMs = 0;
    this.#lookSoon();
  }

  /**
   * Another master is in charge: it ends what it can tell to be a worker's. What has left its session and its environment is
   * known only to its parent, which is this process; resolves when it is gone, unless a worker lives that may have started it.
   */
  async leave(): Promise<void> {
    for (const process of this.#foreign) process.close();
    this.#gone.clear();
    for (const ancestor of this.#living.values()) if (!isThere(ancestor)) this.#living.delete(ancestor.pid);
    this.#addGone({ pid: NOBODY, startTicks: 0, mark: null });
    await this.idle();
  }

  #addGone(ancestor: Ancestor): void {
    const nowMs = performance.now();
    const [fromMs, untilMs] = [nowMs + SETTLE_MS, nowMs + this.#options.graceMs];
    this.#gone.set(ancestor, { fromMs, signal: 'SIGTERM', untilMs, told: new Map() });
    this.#lookSoon();
  }

  /** A worker that is not, or not yet, under this master: it must have its own time to end. */
  #watch(pid: number): void {
    try {
      const process = new ForeignProcess(this.#addon, pid, () => {
        this.#foreign.delete(process);
        this.gone(pid);
      });
      process.unref();
      this.#foreign.add(process);
    } catch (error) {
      this.#log.debug({ event: 'not-watched', pid }, (error as Error).message);
    }
  }

  /** Once for all that ends at a time. */
  #lookSoon(): void {
    if (this.#looksSoon) return;
    this.#looksSoon = true;
    setImmediate(() => {
      this.#looksSoon = false;
      clearTimeout(this.#timer);
      this.#reap();
      const nowMs = performance.now();
      for (const [ancestor, leftovers] of this.#gone) {
        if (this.#idle.length > 0 || nowMs >= leftovers.fromMs) this.#end(ancestor, leftovers);
      }
      if (this.#gone.size > 0) this.#timer = setTimeout(() => this.#lookSoon(), this.#nextLookMs());
      else for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  #nextLookMs(): number {
    const nowMs = performance.now();
    const waits = [...this.#gone.values()].map(({ fromMs, untilMs }) => (nowMs < fromMs ? fromMs : untilMs) - nowMs);
    return Math.max(0, Math.min(LOOK_MS, ...waits));
  }

  #reap(): void {
    for (const { pid, zombie } of readChildren(process.pid)) {
      if (!zombie || ownChildren.has(pid)) continue;
      try {
        this.#addon.reapChild(pid);
      } catch (error) {
        if ((error as SystemError).code !== 'ECHILD') throw error;
      }
    }
  }

  #end(ancestor: Ancestor, leftovers: Leftovers): void {
    const rows = descendantsOf(ancestor, readProcesses(), this.#household());
    if (rows.length === 0) return this.#ended(ancestor, leftovers);
    if (performance.now() >= leftovers.untilMs) {
      if (leftovers.signal === 'SIGKILL') return this.#giveUp(ancestor, rows);
      leftovers.signal = 'SIGKILL';
      leftovers.untilMs = performance.now() + GIVE_UP_MS;
    }
    const { signal, told } = leftovers;
    for (const row of rows) {
      const name = `${row.pid}/${row.startTicks}`;
      if (told.get(name) === signal) continue;
      told.set(name, signal);
      this.#signal(row, signal);
    }
  }

  #ended(ancestor: Ancestor, { told, signal }: Leftovers): void {
    this.#gone.delete(ancestor);
    if (told.size === 0) return;
    const processes = told.size === 1 ? '1 process' : `${told.size} processes`;
    const message = `${processes} that worker pid ${ancestor.pid} had started and left behind ended by ${signal}`;
    this.#log.info({ event: 'descendants-ended', pid: ancestor.pid, processes: told.size, signal }, message);
  }

  #giveUp(ancestor: Ancestor, rows: readonly ProcessRow[]): void {
    this.#gone.delete(ancestor);
    const { pid } = ancestor;
    const pids = rows.map((row) => row.pid).join(', ');
    this.#log.warn(
      { event: 'descendants-left', pid, pids },
      `what worker pid ${pid} has started cannot be ended: ${pids}`,
    );
  }

  #household(): Household {
    return {
      pid: process.pid,
      session: this.#session,
      own: ownChildren,
      living: [...this.#living.values()],
      adoptsWorkersOnly: this.#adoptsWorkersOnly,
      markOf: (pid) => readVariable(pid, MARK_VARIABLE),
    };
  }

  /** The pidfd is that of the process which was found, or nothing happens. */
  #signal(row: ProcessRow, signal: NodeJS.Signals): void {
    let fd: number | null = null;
    try {
      fd = this.#open(row.pid);
      if (readProcess(row.pid)?.startTicks !== row.startTicks) return;
      if (fd === null) process.kill(row.pid, signal);
      else this.#addon.pidfdSignal(fd, constants.signals[signal]);
    } catch (error) {
      // ESRCH: it has just ended. EPERM: it has become another user's, and is named when it is given up.
      const { code } = error as SystemError;
      if (code !== 'ESRCH' && code !== 'EPERM') throw error;
    } finally {
      if (fd !== null) this.#addon.close(fd);
    }
  }

  /** null before Linux 5.3, and without a descriptor left. */
  #open(pid: number): number | null {
    try {
      return this.#addon.pidfdOpen(pid);
    } catch (error) {
      if ((error as SystemError).code === 'ESRCH') throw error;
      return null;
    }
  }
}

function isThere({ pid, startTicks }: Ancestor): boolean {
  const row = readProcess(pid);
  return row !== null && !row.zombie && row.startTicks === startTicks;
}
