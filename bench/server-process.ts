import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { kill, markedProcesses, newMark } from './marked.js';
import { isAlive, processTree } from './process-tree.js';
import type { ProcessStat } from './process-tree.js';
import { fetchRaw } from './response.js';
import type { Command, ServerSettings } from './rivals.js';

const USUAL_READY_DEADLINE_MS = 15_000;
const STOP_DEADLINE_MS = 10_000;
/** After the first answer, how long to look for answers of all workers; "none" may let one worker take them all. */
const ALL_WORKERS_MS = 1_000;
const PROBES_AT_ONCE = 8;
const POLL_MS = 20;
const OUTPUT_LIMIT = 4_000;

/** Asks a server several times at once; resolves with the workers that answered, none while it does not. */
export type Probe = (settings: ServerSettings) => Promise<string[]>;

const probeByFetch: Probe = async ({ host, port }) => {
  const probes = Array.from({ length: PROBES_AT_ONCE }, () => fetchRaw(host, port, true, 2_000));
  const results = await Promise.allSettled(probes);
  return results.filter((result) => result.status === 'fulfilled').map(({ value }) => value.worker);
};

/** A rival's server with all its processes. It is stopped by pid, and only what it started. */
export class ServerProcess {
  readonly settings: ServerSettings;
  readonly #probe: Probe;
  readonly #readyDeadlineMs: number;
  readonly #mark = newMark();
  #child: ChildProcess;
  #output = '';
  #failure: string | undefined;

  constructor(
    command: Command,
    settings: ServerSettings,
    probe: Probe = probeByFetch,
    readyDeadlineMs = USUAL_READY_DEADLINE_MS,
  ) {
    this.settings = settings;
    this.#probe = probe;
    this.#readyDeadlineMs = readyDeadlineMs;
    const { PATH = '', HOME = '', XDG_RUNTIME_DIR } = process.env;
    const inherited = { PATH, HOME, ...(XDG_RUNTIME_DIR === undefined ? {} : { XDG_RUNTIME_DIR }) };
    this.#child = spawn(command.file, command.args, {
      env: { ...inherited, ...this.#mark.environment, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-OUTPUT_LIMIT);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.#child.on('error', (error) => (this.#failure = error.message));
    this.#child.on('exit', (code, signal) => (this.#failure ??= `exited with ${signal ?? code}`));
  }

  /** The end of what it has printed. */
  get output(): string {
    return this.#output;
  }

  get rootPid(): number {
    return this.#child.pid ?? 0;
  }

  /** All its processes now, the one that was started first; also daemons, which have left its tree. */
  tree(): ProcessStat[] {
    // The pid of one that has ended may be a stranger's by now.
    return processTree(this.#hasEnded ? 0 : this.rootPid, markedProcesses(this.#mark));
  }

  /** Resolves when it answers, and when every worker has answered or had the time to. */
  async ready(): Promise<void> {
    const deadline = Date.now() + this.#readyDeadlineMs;
    const seen = new Set<string>();
    let allDeadline = Infinity;
    while (seen.size < this.settings.workers && Date.now() < allDeadline) {
      if (this.#failure !== undefined) throw new Error(`${this.#failure}\n${this.#output.trim()}`);
      if (seen.size === 0 && Date.now() > deadline) {
        throw new Error(`no answer within ${this.#readyDeadlineMs} ms\n${this.#output.trim()}`);
      }
      for (const worker of await this.#probe(this.settings)) seen.add(worker);
      if (seen.size > 0) allDeadline = Math.min(allDeadline, Date.now() + ALL_WORKERS_MS);
      if (seen.size < this.settings.workers) await delay(POLL_MS);
    }
  }

  async stop(): Promise<void> {
    const processes = this.tree();
    if (!this.#hasEnded) this.#child.kill('SIGTERM');
    const deadline = Date.now() + STOP_DEADLINE_MS;
    while (processes.some(isAlive) && Date.now() < deadline) await delay(POLL_MS);
    // Also what was started after the first look.
    const left = [...processes, ...this.tree()];
    this.killNow(left);
    while (left.some(isAlive) && Date.now() < deadline + STOP_DEADLINE_MS) await delay(POLL_MS);
  }

  /** For an interrupted run: no waiting. */
  killNow(processes: ProcessStat[] = this.tree()): void {
    for (const stat of processes.filter(isAlive)) kill(stat.pid);
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
