import type { ChildProcess } from 'node:child_process';

import { inProject } from '../paths.js';
import { RivalPlace } from './rival.js';
import type { Serving, Subject, SubjectPlan } from './subject.js';

/** node:cluster; see programs/cluster.cjs. */
export class ClusterSubject implements Subject {
  readonly name = 'cluster';
  readonly #place: RivalPlace;
  readonly #primary: ChildProcess;
  #reloads = 0;

  private constructor(place: RivalPlace) {
    this.#place = place;
    this.#primary = place.run(process.execPath, [inProject('bench', 'endurance', 'programs', 'cluster.cjs')]);
  }

  static async start(plan: SubjectPlan): Promise<ClusterSubject> {
    const subject = new ClusterSubject(await RivalPlace.create(plan));
    await subject.#place.ready();
    return subject;
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
    this.#primary.kill('SIGUSR2');
    this.#reloads += 1;
    await this.#place.until('reloaded', () => this.log().split('reloaded\n').length > this.#reloads);
  }

  log(): string {
    return this.#place.log();
  }

  async stop(): Promise<string[]> {
    this.#primary.kill('SIGKILL');
    return this.#place.remove();
  }
}
