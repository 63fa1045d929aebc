import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { inProject } from '../paths.js';
import { RivalPlace, RivalSubject, STOP_MS } from './rival.js';
import type { SubjectPlan } from './subject.js';
import { STEP_MS } from './within.js';

/**
 * As in https://pm2.keymetrics.io/docs/usage/signals-clean-restart/, for a worker to be ready and to end after SIGINT; PM2's
 * own are 3 s and 1.6 s. To wait longer for the end saves nothing: `server.close()` ends once the last client that goes on
 * asking has left.
 */
const TIMEOUTS = { listen_timeout: 10_000, kill_timeout: 3_000 };

/** PM2 in cluster mode, with the graceful start and stop of its documentation, and a PM2_HOME that goes with the run. */
export class Pm2Subject extends RivalSubject {
  readonly name = 'pm2';
  readonly #cli: string;

  private constructor(place: RivalPlace, installed: string) {
    super(place);
    this.#cli = path.join(installed, 'node_modules', 'pm2', 'bin', 'pm2');
  }

  static async start(plan: SubjectPlan, installed: string): Promise<Pm2Subject> {
    return new Pm2Subject(await RivalPlace.create(plan), installed).ready();
  }

  protected override async begin(): Promise<void> {
    const file = path.join(this.place.folder, 'ecosystem.config.json');
    const app = {
      name: 'endurance',
      script: inProject('bench', 'endurance', 'programs', 'server.cjs'),
      instances: this.place.plan.workers,
      exec_mode: 'cluster',
      wait_ready: true,
      ...TIMEOUTS,
      // After 16 quick deaths PM2 gives a worker up.
      max_restarts: 1_000_000,
    };
    writeFileSync(file, JSON.stringify({ apps: [app] }));
    await this.#run(STEP_MS, 'start', file);
  }

  async reload(): Promise<void> {
    await this.#run(STEP_MS, 'reload', 'endurance');
  }

  /** A daemon that could not start a worker, out of descriptors for instance, waits for it for ever. */
  async stop(): Promise<string[]> {
    const refused: string[] = [];
    await this.#run(STOP_MS, 'kill').catch((error: Error) => refused.push(error.message));
    return [...refused, ...(await this.place.remove())];
  }

  async #run(limitMs: number, ...words: string[]): Promise<void> {
    const env = { PM2_HOME: path.join(this.place.folder, 'pm2'), PM2_DISABLE_VERSION_CHECK: 'true' };
    await this.place.command(limitMs, process.execPath, [this.#cli, ...words], { env });
  }
}
