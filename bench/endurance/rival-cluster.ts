import type { ChildProcess } from 'node:child_process';

import { inProject } from '../paths.js';
import { RivalPlace, RivalSubject } from './rival.js';
import type { SubjectPlan } from './subject.js';

/** node:cluster; see programs/cluster.cjs. */
export class ClusterSubject extends RivalSubject {
  readonly name = 'cluster';
  readonly #primary: ChildProcess;
  #reloads = 0;

  private constructor(place: RivalPlace) {
    super(place);
    this.#primary = place.run(process.execPath, [inProject('bench', 'endurance', 'programs', 'cluster.cjs')]);
  }

  static async start(plan: SubjectPlan): Promise<ClusterSubject> {
    const subject = new ClusterSubject(await RivalPlace.create(plan));
    await subject.place.ready();
    return subject;
  }

  async reload(): Promise<void> {
    this.#primary.kill('SIGUSR2');
    this.#reloads += 1;
    await this.place.until('reloaded', () => this.log().split('reloaded\n').length > this.#reloads);
  }

  async stop(): Promise<string[]> {
    this.#primary.kill('SIGKILL');
    return this.place.remove();
  }
}
