/** `reuseport run` as it is put under load, with what can be done to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { askMaster } from '../../src/cli/control-client.js';
import { loadAddon } from '../../src/native/load.js';
import type { Status } from '../../src/observe/status.js';
import type { ControlRequest } from '../../src/supervisor/control-protocol.js';
import { freePort } from '../free-port.js';
import { cliFile, inProject } from '../paths.js';
import { kill } from '../marked.js';
import { HOST, type Serving, type Subject, type SubjectPlan } from './subject.js';
import { eventsIn, type LogEvent } from './succession.js';
import { STEP_MS } from './within.js';
import { Workplace } from './workplace.js';

const NOBODY = 65_534;
/** Where programs of the user's own and ours meet in bpffs. */
const PINS = '/sys/fs/bpf';
const LOOK_MS = 20;

export class Ours implements Subject {
  readonly name = 'reuseport';
  readonly port: number;
  readonly #plan: SubjectPlan;
  readonly #asNobody: boolean;
  readonly #place = new Workplace();
  readonly #pins = pins();
  #child: ChildProcess | undefined;

  private constructor(plan: SubjectPlan, asNobody: boolean, port: number) {
    this.#plan = plan;
    this.#asNobody = asNobody;
    this.port = port;
    if (asNobody) chownSync(this.#place.folder, NOBODY, NOBODY);
  }

  static async start(plan: SubjectPlan, asNobody: boolean): Promise<Ours> {
    const ours = new Ours(plan, asNobody, await freePort(HOST));
    try {
      ours.runMaster();
      await ours.settled(plan.workers);
      return ours;
    } catch (error) {
      const said = ours.log();
      await ours.stop();
      throw new Error(`reuseport did not start:\n${said}`, { cause: error });
    }
  }

  get acceptedFile(): string {
    return path.join(this.#place.folder, 'accepted');
  }

  /** The command once more: the first time it starts the service, after the death of its master it takes over. */
  runMaster(): void {
    const { workers, options, wsModule } = this.#plan;
    const identity = this.#asNobody ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
    const program = inProject('bench', 'endurance', 'programs', 'server.cjs');
    const run = [process.execPath, cliFile, 'run', program, '--control', this.#control, '-w', String(workers)];
    const [file = '', ...args] = [...identity, ...run, ...options];
    const settings = {
      BENCH_HOST: HOST,
      BENCH_PORT: String(this.port),
      BENCH_ACCEPTED: this.acceptedFile,
      BENCH_WS: wsModule ?? '',
    };
    const env = { PATH: process.env['PATH'], HOME: this.#place.folder, ...this.#place.environment, ...settings };
    const log = openSync(this.#logFile, 'a');
    this.#child = spawn(file, args, { stdio: ['ignore', log, log], env });
    closeSync(log);
  }

  status(): Promise<Status> {
    return this.#ask({ command: 'status' }) as Promise<Status>;
  }

  async serving(): Promise<Serving[]> {
    return servingOf(await this.status());
  }

  async reload(): Promise<void> {
    await this.#ask({ command: 'reload' });
  }

  async scale(workers: number): Promise<void> {
    await this.#ask({ command: 'scale', workers });
  }

  async upgrade(): Promise<void> {
    await this.#ask({ command: 'upgrade' });
  }

  /** Kills the master; resolves when the next one is in charge. */
  async replaceDeadMaster(): Promise<void> {
    const { pid } = await this.status();
    kill(pid);
    this.runMaster();
    const deadline = Date.now() + STEP_MS;
    for (;;) {
      const now = await this.status().catch(() => undefined);
      if (now !== undefined && now.pid !== pid) return;
      if (Date.now() > deadline) throw new Error(`no master took over within ${STEP_MS} ms:\n${this.log()}`);
      await delay(LOOK_MS);
    }
  }

  /**
   * Resolves when so many workers serve, nobody starts or drains, and the kernel's group has exactly their listeners.
   * @throws Error with what does not fit.
   */
  async settled(workers: number, withinMs: number = STEP_MS): Promise<void> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const unsettled = await this.#unsettled(workers);
      if (unsettled === undefined) return;
      if (this.#hasEnded) throw new Error(`the master has ended:\n${this.log()}`);
      if (Date.now() > deadline) throw new Error(`not settled within ${withinMs} ms: ${unsettled}`);
      await delay(LOOK_MS);
    }
  }

  log(): string {
    return this.#wholeLog().slice(-8_000);
  }

  /** Whatever its masters have logged. */
  events(): Iterable<LogEvent> {
    return eventsIn(this.#wholeLog());
  }

  async stop(): Promise<string[]> {
    const refused: string[] = [];
    await this.#ask({ command: 'stop', mode: 'graceful' }).catch((error: Error) => refused.push(error.message));
    const left = await this.#place.end(refused.length > 0 ? 0 : STEP_MS);
    const files = readdirSync(this.#place.folder).filter((name) => !['accepted', 'log'].includes(name));
    const sockets = loadAddon().listeningSockets(this.port);
    const newPins = pins().filter((name) => !this.#pins.includes(name));
    this.#place.remove();
    return [
      ...refused.map((message) => `stop: ${message}`),
      ...left,
      ...files.map((name) => `file ${name} is left`),
      ...sockets.map(({ inode }) => `listening socket ${inode} is left`),
      ...newPins.map((name) => `pin ${name} is left`),
    ];
  }

  #wholeLog(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8') : '';
  }

  get #control(): string {
    return path.join(this.#place.folder, 'control.sock');
  }

  get #logFile(): string {
    return path.join(this.#place.folder, 'log');
  }

  /** Of the process started last; after an upgrade its successor serves. */
  get #hasEnded(): boolean {
    return this.#child?.exitCode !== null && this.#child?.exitCode !== 0;
  }

  #ask(request: ControlRequest): Promise<unknown> {
    return askMaster(this.#control, request, STEP_MS);
  }

  /** In words; undefined when all fits. */
  async #unsettled(wanted: number): Promise<string | undefined> {
    const status = await this.status().catch((error: Error) => error.message);
    if (typeof status === 'string') return status;
    const inSlots = status.workers.filter(({ slot }) => slot !== null);
    const serving = servingOf(status).length;
    if (serving !== wanted || inSlots.length !== wanted) {
      return `${wanted} workers wanted: ${inSlots.map(({ slot, state, why }) => `${slot} ${state} ${why ?? ''}`).join(', ')}`;
    }
    const members = loadAddon().listeningSockets(this.port).length;
    const expected = serving * status.listeners.length;
    return members === expected ? undefined : `${members} listeners in the kernel instead of ${expected}`;
  }
}

function servingOf({ workers }: Status): Serving[] {
  return workers.flatMap(({ pid, slot, state }) =>
    state === 'ready' && pid !== null && slot !== null ? [{ pid, slot: String(slot) }] : [],
  );
}

function pins(): string[] {
  return existsSync(PINS) ? readdirSync(PINS) : [];
}
