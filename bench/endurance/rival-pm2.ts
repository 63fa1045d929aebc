import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { inProject } from '../paths.js';
import { RivalPlace, RivalSubject } from './rival.js';
import type { SubjectPlan } from './subject.js';

/** How long a worker may take to end after SIGINT; PM2's own 1.6 s would cut what is under way. */
const KILL_TIMEOUT_MS = 10_000;

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
      kill_timeout: KILL_TIMEOUT_MS,
      // After 16 quick deaths PM2 gives a worker up.
      max_restarts: 1_000_000,
    };
    writeFileSync(file, JSON.stringify({ apps: [app] }));
    await this.#run('start', file);
  }

  async reload(): Promise<void> {
    await this.#run('reload', 'endurance');
  }

  async stop(): Promise<string[]> {
    await this.#run('kill').catch(() => {});
    return this.place.remove();
  }

  async #run(...words: string[]): Promise<void> {
    const env = { PM2_HOME: path.join(this.place.folder, 'pm2'), PM2_DISABLE_VERSION_CHECK: 'true' };
    await this.place.command(process.execPath, [this.#cli, ...words], { env });
  }
}
