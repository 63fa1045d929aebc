/** What the rivals share: a folder, a mark, an environment, their log, and how one sees that they are ready. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { freePort } from '../free-port.js';
import { fetchRaw } from '../response.js';
import { FirstAccepts } from './accept-log.js';
import { HOST, type Serving, type Subject, type SubjectPlan } from './subject.js';
import { STEP_MS, within } from './within.js';
import { Workplace } from './workplace.js';

export const STOP_MS = 15_000;
const LOOK_MS = 20;

export class RivalPlace {
  readonly port: number;
  readonly plan: SubjectPlan;
  readonly #workplace = new Workplace();
  readonly #accepts = new FirstAccepts(this.acceptedFile);

  private constructor(plan: SubjectPlan, port: number) {
    this.plan = plan;
    this.port = port;
  }

  static async create(plan: SubjectPlan): Promise<RivalPlace> {
    return new RivalPlace(plan, await freePort(HOST));
  }

  get folder(): string {
    return this.#workplace.folder;
  }

  get acceptedFile(): string {
    return path.join(this.folder, 'accepted');
  }

  get environment(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      ...this.#workplace.environment,
      BENCH_HOST: HOST,
      BENCH_PORT: String(this.port),
      BENCH_WORKERS: String(this.plan.workers),
      BENCH_ACCEPTED: this.acceptedFile,
      BENCH_WS: this.plan.wsModule ?? '',
    };
  }

  run(file: string, args: readonly string[], more: { cwd?: string; env?: Record<string, string> } = {}): ChildProcess {
    const log = openSync(path.join(this.folder, 'log'), 'a');
    const env = { ...this.environment, ...more.env };
    const child = spawn(file, args, { stdio: ['ignore', log, log], env, cwd: more.cwd ?? this.folder });
    closeSync(log);
    return child;
  }

  /** Runs a command to its end. @throws Error when it fails, or takes too long: then it is killed. */
  async command(limitMs: number, ...words: Parameters<RivalPlace['run']>): Promise<void> {
    const child = this.run(...words);
    const name = words[1].map((word) => path.basename(word)).join(' ');
    const ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status, signal) => resolve(signal ?? status));
    });
    try {
      const code = await within(name, () => ended, limitMs);
      if (code !== 0) throw new Error(`${name}: ended with ${String(code)}\n${this.log()}`);
    } finally {
      child.kill('SIGKILL');
    }
  }

  /** Who answers now, by x-worker. */
  async answering(probes: number): Promise<Set<string>> {
    const answers = Array.from({ length: probes }, () => fetchRaw(HOST, this.port, true, 2_000));
    const settled = await Promise.allSettled(answers);
    return new Set(settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value.worker] : [])));
  }

  /** Resolves when it answers. */
  async ready(): Promise<void> {
    await this.until(`answers`, async () => (await this.answering(1)).size > 0);
  }

  async until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    const deadline = Date.now() + STEP_MS;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`${what}: not within ${STEP_MS / 1000} s\n${this.log()}`);
      await delay(LOOK_MS);
    }
  }

  /** Workers that have accepted something and live. */
  serving(): Serving[] {
    const alive = new Set(this.#workplace.processes());
    return this.#accepts.read().filter(({ pid }) => alive.has(pid));
  }

  log(): string {
    const file = path.join(this.folder, 'log');
    return existsSync(file) ? readFileSync(file, 'utf8').slice(-8_000) : '';
  }

  async remove(): Promise<string[]> {
    const left = await this.#workplace.end(STOP_MS);
    this.#workplace.remove();
    return left;
  }
}

/** A rival in its place. */
export abstract class RivalSubject implements Subject {
  abstract readonly name: string;
  protected readonly place: RivalPlace;

  constructor(place: RivalPlace) {
    this.place = place;
  }

  get port(): number {
    return this.place.port;
  }

  get acceptedFile(): string {
    return this.place.acceptedFile;
  }

  /** Resolves when it answers; one that does not is stopped. */
  async ready(): Promise<this> {
    try {
      await this.begin();
      await this.place.ready();
      return this;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async serving(): Promise<Serving[]> {
    return this.place.serving();
  }

  log(): string {
    return this.place.log();
  }

  abstract reload(): Promise<void>;
  abstract stop(): Promise<string[]>;
  /** Whatever its constructor has not begun. */
  protected async begin(): Promise<void> {}
}
