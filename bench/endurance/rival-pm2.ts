import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { inProject } from '../paths.js';
import { RivalPlace } from './rival.js';
import type { Serving, Subject, SubjectPlan } from './subject.js';

/** How long a worker may take to end after SIGINT; PM2's own 1.6 s would cut what is under way. */
const KILL_TIMEOUT_MS = 10_000;

/** PM2 in cluster mode, with the graceful start and stop of its documentation, and a PM2_HOME that goes with the run. */
export class Pm2Subject implements Subject {
  readonly name = 'pm2';
  readonly #place: RivalPlace;
  readonly #cli: string;

  private constructor(place: RivalPlace, installed: string) {
    this.#place = place;
    this.#cli = path.join(installed, 'node_modules', 'pm2', 'bin', 'pm2');
  }

  static async start(plan: SubjectPlan, installed: string): Promise<Pm2Subject> {
    const place = await RivalPlace.create(plan);
    const subject = new Pm2Subject(place, installed);
    const file = path.join(place.folder, 'ecosystem.config.json');
    const app = {
      name: 'endurance',
      script: inProject('bench', 'endurance', 'programs', 'server.cjs'),
      instances: plan.workers,
      exec_mode: 'cluster',
      wait_ready: true,
      kill_timeout: KILL_TIMEOUT_MS,
      // After 16 quick deaths PM2 gives a worker up.
      max_restarts: 1_000_000,
    };
    writeFileSync(file, JSON.stringify({ apps: [app] }));
    try {
      await subject.#run('start', file);
      await place.ready();
      return subject;
    } catch (error) {
      await subject.stop();
      throw error;
    }
  }

  get port(): number {
    return this.#place.port;
  }

  get acceptedFile(): string {
    return this.#place.acceptedFile;
  }

  async serving(): Promise<Serving[]> {
    return this.#place.serving();
  }

  async reload(): Promise<void> {
    await this.#run('reload', 'endurance');
  }

  log(): string {
    return this.#place.log();
  }

  async stop(): Promise<string[]> {
    await this.#run('kill').catch(() => {});
    return this.#place.remove();
  }

  async #run(...words: string[]): Promise<void> {
    const env = { PM2_HOME: path.join(this.#place.folder, 'pm2'), PM2_DISABLE_VERSION_CHECK: 'true' };
    await this.#place.command(process.execPath, [this.#cli, ...words], { env });
  }
}
