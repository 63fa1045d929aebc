import type { ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { inProject } from '../paths.js';
import { RivalPlace, RivalSubject } from './rival.js';
import type { Serving, SubjectPlan } from './subject.js';
import { STEP_MS } from './within.js';

/** Requests that look for the workers there are. */
const PROBES = 16;

/** Watt 3: workers are threads of one process, which `wattpm restart` replaces one at a time. */
export class WattSubject extends RivalSubject {
  readonly name = 'watt';
  readonly #node: string;
  readonly #cli: string;
  readonly #app: string;
  readonly #runtime: ChildProcess;

  private constructor(place: RivalPlace, installed: string, node: string) {
    super(place);
    this.#node = node;
    this.#cli = path.join(installed, 'node_modules', 'wattpm', 'bin', 'cli.js');
    this.#app = path.join(place.folder, 'app');
    mkdirSync(this.#app);
    symlinkSync(path.join(installed, 'node_modules'), path.join(this.#app, 'node_modules'));
    copyFileSync(inProject('bench', 'endurance', 'programs', 'server.cjs'), path.join(this.#app, 'server.cjs'));
    const manifest = { name: 'endurance', private: true, main: 'server.cjs' };
    const runtime = {
      logger: { level: 'warn' },
      server: { hostname: '127.0.0.1', port: place.port },
      workers: place.plan.workers,
      managementApi: true,
    };
    writeFileSync(path.join(this.#app, 'package.json'), JSON.stringify(manifest));
    writeFileSync(path.join(this.#app, 'watt.json'), JSON.stringify({ $schema: SCHEMA, runtime }));
    this.#runtime = this.#run('start');
  }

  static async start(plan: SubjectPlan, installed: string, node: string): Promise<WattSubject> {
    return new WattSubject(await RivalPlace.create(plan), installed, node).ready();
  }

  override async serving(): Promise<Serving[]> {
    return [];
  }

  /** The command ends before it is done: it is done when no former worker answers. */
  async reload(): Promise<void> {
    const before = new Set<string>();
    await this.place.until('every worker answers', async () => {
      for (const worker of await this.place.answering(PROBES)) before.add(worker);
      return before.size >= this.place.plan.workers;
    });
    await this.place.command(STEP_MS, this.#node, [this.#cli, 'restart', String(this.#runtime.pid)], this.#options);
    const after = new Set<string>();
    await this.place.until('every worker is another one', async () => {
      const answering = await this.place.answering(PROBES);
      for (const worker of answering) if (!before.has(worker)) after.add(worker);
      return after.size >= this.place.plan.workers && [...answering].every((worker) => !before.has(worker));
    });
  }

  async stop(): Promise<string[]> {
    this.#runtime.kill('SIGTERM');
    return this.place.remove();
  }

  get #options() {
    return { cwd: this.#app, env: { PATH: `${path.dirname(this.#node)}:${process.env['PATH']}` } };
  }

  #run(...words: string[]): ChildProcess {
    return this.place.run(this.#node, [this.#cli, ...words], this.#options);
  }
}

const SCHEMA = 'https://schemas.platformatic.dev/@platformatic/node/3.67.0.json';
