import { freePort } from '../free-port.js';
import { loads } from '../loads.js';
import type { Sample } from '../report/sample.js';
import { fetchAnswers } from '../response.js';
import type { Binaries, Rival } from '../rivals.js';
import { ServerProcess } from '../server-process.js';
import { measureCell } from './cell.js';
import type { CellTimes } from './cell.js';

const HOST = '127.0.0.1';
/** Given to every rival, whatever its own default. */
const BACKLOG_CONNECTIONS = 511;

export interface ContrastPlan {
  rivals: readonly Rival[];
  binaries: Binaries;
  rounds: number;
  workers: number;
  times: CellTimes;
}

export interface ContrastProgress {
  samples: Sample[];
  /** Rivals that did not run, with the reason. */
  skipped: Map<string, string>;
  /** Normalized answers that were compared, by rival. */
  responses: Map<string, string>;
}

export interface ContrastHooks {
  onLine(line: string): void;
  onRound(progress: ContrastProgress): Promise<void>;
  /** The server that runs now, for who has to stop it at an interruption. */
  onServer(server: ServerProcess | undefined): void;
}

/** Rotated by one each round and turned around every other round: no rival always comes after the same one. */
export function orderOfRound<Item>(items: readonly Item[], round: number): Item[] {
  const start = items.length === 0 ? 0 : round % items.length;
  const rotated = [...items.slice(start), ...items.slice(0, start)];
  return round % 2 === 1 ? rotated.toReversed() : rotated;
}

class Contrast {
  readonly progress: ContrastProgress = { samples: [], skipped: new Map(), responses: new Map() };
  readonly #plan: ContrastPlan;
  readonly #hooks: ContrastHooks;

  constructor(plan: ContrastPlan, hooks: ContrastHooks) {
    this.#plan = plan;
    this.#hooks = hooks;
  }

  async run(): Promise<ContrastProgress> {
    for (let round = 0; round < this.#plan.rounds; round++) {
      const order = orderOfRound(this.#plan.rivals, round);
      for (const [place, rival] of order.entries()) {
        if (!this.progress.skipped.has(rival.name)) await this.#measureRival(rival, round, place);
      }
      await this.#hooks.onRound(this.progress);
    }
    return this.progress;
  }

  #skip(rival: Rival, reason: string): void {
    this.progress.skipped.set(rival.name, reason);
    this.#hooks.onLine(`skipped ${rival.title}: ${reason}`);
  }

  async #measureRival(rival: Rival, round: number, place: number): Promise<void> {
    const workers = rival.single ? 1 : this.#plan.workers;
    const settings = { host: HOST, port: await freePort(HOST), workers, backlogConnections: BACKLOG_CONNECTIONS };
    const command = rival.command(settings, this.#plan.binaries);
    if (typeof command === 'string') {
      this.#skip(rival, command);
      return;
    }
    const server = new ServerProcess(command, settings);
    this.#hooks.onServer(server);
    try {
      await server.ready();
      await this.#measureLoads(server, rival, round, place);
    } catch (error) {
      // One rival that fails must not take the others' figures with it.
      this.#skip(rival, error instanceof Error ? error.message : String(error));
    } finally {
      await server.stop();
      this.#hooks.onServer(undefined);
    }
  }

  async #measureLoads(server: ServerProcess, rival: Rival, round: number, place: number): Promise<void> {
    const response = (await fetchAnswers(HOST, server.settings.port)).join('\n');
    const [reference = response] = this.progress.responses.values();
    this.progress.responses.set(rival.name, response);
    const responseDiffers = response !== reference;
    for (const load of orderOfRound(loads, round)) {
      const at = { round, rival: rival.name, place, responseDiffers };
      const sample = await measureCell(server, load, at, this.#plan.times);
      this.progress.samples.push(sample);
      const rate = `${(sample.requestsPerSecond / 1_000).toFixed(1)}k req/s`;
      const cpu = `${sample.serverCpuMicrosPerRequest.toFixed(1)} µs CPU`;
      this.#hooks.onLine(`round ${round + 1}/${this.#plan.rounds}  ${rival.title}  ${load.name}  ${rate}  ${cpu}`);
    }
  }
}

/** Measures every rival under every load, round by round, each time with a fresh server on a fresh port. */
export function runContrast(plan: ContrastPlan, hooks: ContrastHooks): Promise<ContrastProgress> {
  return new Contrast(plan, hooks).run();
}
