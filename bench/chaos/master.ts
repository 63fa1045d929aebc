/** The service under chaos: the command on a program that writes its accepts down. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { askMaster } from '../../src/cli/control-client.js';
import type { Status } from '../../src/observe/status.js';
import { freePort } from '../free-port.js';
import { cliFile, inProject } from '../paths.js';
import { isAlive, processTree } from '../process-tree.js';

const NOBODY = 65_534;
const DEADLINE_MS = 30_000;
const BACKLOG = '4096';

export interface MasterPlan {
  /** As for --steer; behind an @ further options of `reuseport run`, and `user=nobody`. */
  policy: string;
  workers: number;
  host: string;
  launcher: readonly string[];
}

export class ChaosMaster {
  readonly port: number;
  readonly folder: string;
  readonly #child: ChildProcess;

  private constructor({ policy, workers, host, launcher }: MasterPlan, port: number) {
    const [steer = '', ...words] = policy.split('@');
    const options = words.filter((word) => word !== 'user=nobody').flatMap((word) => `--${word}`.split('='));
    const asNobody = words.includes('user=nobody') && process.getuid?.() === 0;
    const identity = asNobody ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
    this.port = port;
    this.folder = mkdtempSync(path.join(tmpdir(), 'reuseport-chaos-'));
    if (asNobody) chownSync(this.folder, NOBODY, NOBODY);
    const run = [
      process.execPath,
      cliFile,
      'run',
      inProject('bench', 'chaos', 'program.cjs'),
      '--control',
      this.control,
    ];
    const [file = '', ...args] = [
      ...launcher,
      ...identity,
      ...run,
      '--steer',
      steer,
      '-w',
      String(workers),
      ...options,
    ];
    const log = openSync(path.join(this.folder, 'log'), 'a');
    const settings = { BENCH_HOST: host, BENCH_PORT: String(port), BENCH_BACKLOG: BACKLOG, HOME: this.folder };
    this.#child = spawn(file, args, { stdio: ['ignore', log, log], env: { PATH: process.env['PATH'], ...settings } });
    closeSync(log);
  }

  /** Resolves when every worker is ready. @throws Error with what the command said when it does not start. */
  static async start(plan: MasterPlan): Promise<ChaosMaster> {
    const master = new ChaosMaster(plan, await freePort('127.0.0.1'));
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const status = existsSync(master.control) ? await master.status().catch(() => undefined) : undefined;
      if (status !== undefined && readyWorkers(status).length === plan.workers) return master;
      if (master.hasEnded || Date.now() > deadline) {
        const said = master.log();
        await master.stop();
        master.remove();
        throw new Error(`${plan.policy} did not start:\n${said}`);
      }
      await delay(20);
    }
  }

  get control(): string {
    return path.join(this.folder, 'control.sock');
  }

  /** Where workers write down what they accept. */
  get accepted(): string {
    return path.join(this.folder, 'accepted');
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  log(): string {
    return readFileSync(path.join(this.folder, 'log'), 'utf8');
  }

  async status(): Promise<Status> {
    return (await askMaster(this.control, { command: 'status' })) as Status;
  }

  /** Settles with what became of it; a later change of the number ends an earlier one. */
  async scale(workers: number): Promise<void> {
    await askMaster(this.control, { command: 'scale', workers }, DEADLINE_MS).catch(() => {});
  }

  /** Gracefully; whatever is left after the deadline is killed. */
  async stop(): Promise<void> {
    const processes = processTree(this.#child.pid ?? 0);
    if (!this.hasEnded) this.#child.kill('SIGTERM');
    const deadline = Date.now() + DEADLINE_MS;
    while (processes.some(isAlive) && Date.now() < deadline) await delay(20);
    for (const left of processes.filter(isAlive)) process.kill(left.pid, 'SIGKILL');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Their pids. */
export function readyWorkers({ workers }: Status): number[] {
  return workers.flatMap(({ pid, state }) => (state === 'ready' && pid !== null ? [pid] : []));
}
