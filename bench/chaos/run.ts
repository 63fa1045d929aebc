/** One run of chaos: a service under load whose workers are killed, added and removed at random. */
import { setTimeout as delay } from 'node:timers/promises';

import type { Status } from '../../src/observe/status.js';
import { readAccepts } from './accepted.js';
import { ClientProcess } from './client-process.js';
import { mismatches, PendingWatch } from './counts.js';
import { killNow } from './ending.js';
import { inOrder, judge, type Kill, type Loss, type Verdict } from './judge.js';
import { ChaosMaster, readyWorkers } from './master.js';
import { Random } from './random.js';

export interface ChaosPlan {
  policy: string;
  events: number;
  seed: number;
  ratePerSecond: number;
  /** Where server and clients are. */
  place: { host: string; sources: string; serverLauncher: readonly string[]; clientLauncher: readonly string[] };
}

export interface ChaosResult {
  policy: string;
  seed: number;
  events: { kill: number; add: number; remove: number };
  connections: number;
  /** Requests; those that stay open send many. */
  answered: number;
  /** Lost with the killed worker that had accepted them. */
  allowed: number;
  undecided: number;
  /** What must not happen, in words. */
  violations: string[];
  /** The longest time that a worker counted something as pending which did not wait in its queue, under load. */
  longestPendingMs: number;
  slowestMs: number;
  counters: Partial<Status['counters']>;
}

const WORKERS = 4;
const MOST_WORKERS = 8;
const KEPT_ALIVE = 16;
const PAUSE_MS = { least: 20, most: 250 };
/** After so many events the load pauses, and everything must add up. */
const EVENTS_BETWEEN_CALMS = 25;
/** How long a count may be wrong. */
const DRIFT_MS = 1_000;
/** How often counts are looked at under load. */
const LOOK_MS = 100;

export class Chaos {
  readonly #plan: ChaosPlan;
  readonly #random: Random;
  readonly #kills: Kill[] = [];
  readonly #losses: Loss[] = [];
  readonly #violations: string[] = [];
  readonly #events = { kill: 0, add: 0, remove: 0 };
  readonly #pending = new PendingWatch();
  #longestPendingMs = 0;
  #workers = WORKERS;
  #master: ChaosMaster | undefined;
  #clients: ClientProcess | undefined;

  constructor(plan: ChaosPlan) {
    this.#plan = plan;
    this.#random = new Random(plan.seed);
  }

  /** @throws Error when the policy cannot be used here. */
  async run(onEvent: (done: number) => void = () => {}): Promise<ChaosResult> {
    const { policy, place, ratePerSecond } = this.#plan;
    const { host, sources, serverLauncher, clientLauncher } = place;
    const master = await ChaosMaster.start({ policy, workers: WORKERS, host, launcher: serverLauncher });
    this.#master = master;
    try {
      const load = { host, port: master.port, sources, ratePerSecond, keptAlive: KEPT_ALIVE };
      const clients = await ClientProcess.start(clientLauncher, load, (loss) => this.#losses.push(loss));
      this.#clients = clients;
      for (let done = 1; done <= this.#plan.events; done += 1) {
        await this.#event(master);
        await this.#lookFor(master, this.#random.between(PAUSE_MS.least, PAUSE_MS.most));
        if (done % EVENTS_BETWEEN_CALMS === 0 || done === this.#plan.events) await this.#calm(master, clients);
        onEvent(done);
      }
      const { counters } = await master.status();
      const stoppedNs = process.hrtime.bigint();
      await master.stop();
      const { connections, answered, slowestMs } = await clients.end();
      const result = this.#result(master, stoppedNs);
      return { ...result, connections, answered, slowestMs: Math.round(slowestMs), counters };
    } finally {
      this.#clients?.kill();
      await master.stop();
      master.remove();
    }
  }

  /** For an interrupted run. */
  async abandon(): Promise<void> {
    this.#clients?.kill();
    await this.#master?.stop();
    this.#master?.remove();
  }

  async #event(master: ChaosMaster): Promise<void> {
    const ready = readyWorkers(await master.status());
    const possible = [
      ...(ready.length > 1 ? (['kill'] as const) : []),
      ...(this.#workers < MOST_WORKERS ? (['add'] as const) : []),
      ...(this.#workers > 1 ? (['remove'] as const) : []),
    ];
    const event = this.#random.pick(possible);
    this.#events[event] += 1;
    if (event === 'kill') this.#kill(this.#random.pick(ready));
    else {
      this.#workers += event === 'add' ? 1 : -1;
      void master.scale(this.#workers);
    }
  }

  #kill(pid: number): void {
    const kill = killNow(pid);
    // It may have ended since the status: scaled away.
    if (kill !== undefined) this.#kills.push(kill);
  }

  async #lookFor(master: ChaosMaster, ms: number): Promise<void> {
    const end = performance.now() + ms;
    for (;;) {
      const left = end - performance.now();
      if (left <= 0) return;
      await delay(Math.min(left, LOOK_MS));
      const pendingMs = this.#pending.look(await master.status(), performance.now());
      this.#longestPendingMs = Math.max(this.#longestPendingMs, pendingMs);
    }
  }

  /** The load pauses: within a second everything adds up. */
  async #calm(master: ChaosMaster, clients: ClientProcess): Promise<void> {
    await clients.pause();
    const end = performance.now() + DRIFT_MS;
    for (;;) {
      const wrong = mismatches(await master.status(), clients.calm ?? 0);
      if (wrong.length === 0) break;
      if (performance.now() > end) {
        this.#violations.push(...wrong.map((what) => `after ${this.#done} events and a second of calm: ${what}`));
        break;
      }
      await delay(20);
    }
    clients.goOn();
  }

  get #done(): number {
    return Object.values(this.#events).reduce((sum, count) => sum + count, 0);
  }

  #result(master: ChaosMaster, stoppedNs: bigint) {
    const spent = new Set<Kill>();
    // A service that stops refuses whoever comes later, but nobody whose connection was established.
    const losses = this.#losses.filter(({ how, endedNs }) => how !== 'refused' || endedNs < stoppedNs);
    const verdicts: Verdict[] = inOrder(losses).map((loss) => {
      const accepts = readAccepts(master.accepted, loss.client);
      const verdict = judge(loss, accepts, this.#kills, spent);
      if (verdict === 'violation') {
        const by = accepts.at(-1)?.pid;
        const who = by === undefined ? 'no worker had accepted it' : `accepted by ${by}`;
        const when = loss.endedNs < stoppedNs ? '' : 'at the stop, ';
        this.#violations.push(`${when}${loss.client} ${loss.how}: ${loss.detail}; ${who}`);
      }
      return verdict;
    });
    if (this.#longestPendingMs > DRIFT_MS) {
      this.#violations.push(
        `a worker counted as pending for ${Math.round(this.#longestPendingMs)} ms what was not there`,
      );
    }
    const { policy, seed } = this.#plan;
    return {
      policy,
      seed,
      events: this.#events,
      allowed: verdicts.filter((verdict) => verdict === 'allowed').length,
      undecided: verdicts.filter((verdict) => verdict === 'undecided').length,
      violations: this.#violations,
      longestPendingMs: Math.round(this.#longestPendingMs),
    };
  }
}
