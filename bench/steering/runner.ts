import { orderOfRound } from '../scenarios/contrast.js';
import type { LineReport } from '../network/delay-line.js';
import { measureVariant, warmUp } from './measure.js';
import { loopback } from './place.js';
import type { Place } from './place.js';
import { rivalNamed } from './rivals.js';
import type { SteeringRival } from './rivals.js';
import type { SteeringSample } from './sample.js';
import type { Experiment, Variant } from './scenario.js';
import { SteeringServer } from './steering-server.js';

export interface ScenarioProgress {
  name: string;
  question: string;
  expected: string;
  samples: SteeringSample[];
  /** Rivals, or the whole scenario under its own name, that did not run, with the reason. */
  skipped: Map<string, string>;
  network: { how: string; line: LineReport | undefined } | undefined;
}

export interface RunnerHooks {
  onLine(line: string): void;
  onRound(progress: ScenarioProgress): Promise<void>;
  /** The server that runs now, for who has to stop it at an interruption. */
  onServer(server: SteeringServer | undefined): void;
  onSample?(sample: SteeringSample): void;
  /** A server is warm and about to be measured. A rejection is a reason to skip its rival. */
  onReady?(server: SteeringServer): Promise<void>;
}

/** Enough for what a server says about itself; a stack trace goes on for long. */
const MOST_REASON_LINES = 4;

class Runner {
  readonly #scenario: Experiment;
  readonly #rivals: readonly SteeringRival[];
  readonly #hooks: RunnerHooks;
  readonly progress: ScenarioProgress;

  constructor(scenario: Experiment, rivalNames: readonly string[], hooks: RunnerHooks) {
    this.#scenario = scenario;
    this.#rivals = rivalNames.map(scenario.rivalNamed ?? rivalNamed);
    this.#hooks = hooks;
    const { name, question, expected } = scenario;
    this.progress = { name, question, expected, samples: [], skipped: new Map(), network: undefined };
  }

  async run(): Promise<ScenarioProgress> {
    const lack = this.#scenario.lacks?.();
    if (lack !== undefined) {
      this.#skip(this.#scenario.name, lack);
      return this.progress;
    }
    const network = await this.#scenario.network?.();
    if (typeof network === 'string') {
      this.#skip(this.#scenario.name, network);
      return this.progress;
    }
    if (network !== undefined) this.progress.network = { how: network.how, line: undefined };
    try {
      await this.#rounds(network?.place ?? loopback);
    } finally {
      const line = await network?.close();
      if (this.progress.network !== undefined) this.progress.network.line = line;
    }
    return this.progress;
  }

  async #rounds(place: Place): Promise<void> {
    const { name, rounds } = this.#scenario;
    try {
      await this.#prepare(place);
    } catch (error) {
      this.#skip(name, reasonOf(error));
      return;
    }
    for (let round = 0; round < rounds; round++) {
      for (const [index, rival] of orderOfRound(this.#rivals, round).entries()) {
        if (!this.progress.skipped.has(rival.name)) await this.#measureRival(rival, place, round, index);
      }
      await this.#hooks.onRound(this.progress);
    }
  }

  async #prepare(place: Place): Promise<void> {
    const { prepare, rivalNamed: ownRivalNamed = rivalNamed } = this.#scenario;
    if (prepare === undefined) return;
    await this.#withServer(ownRivalNamed(prepare.rival), place, prepare.workers, (server) => prepare.run(server));
  }

  #skip(name: string, reason: string): void {
    this.progress.skipped.set(name, reason);
    this.#hooks.onLine(`skipped ${name}: ${reason}`);
  }

  async #measureRival(rival: SteeringRival, place: Place, round: number, index: number): Promise<void> {
    try {
      const variants = this.#scenario.variants().filter((variant) => variant.isFor?.(rival.name) ?? true);
      for (const group of groupsOf(variants)) {
        await this.#withServer(rival, place, group[0]?.workers ?? 1, async (server) => {
          await this.#hooks.onReady?.(server);
          for (const variant of group) await this.#measure(server, variant, round, index);
        });
      }
    } catch (error) {
      // One rival that fails must not take the others' figures with it.
      this.#skip(rival.name, reasonOf(error));
    }
  }

  async #withServer(
    rival: SteeringRival,
    place: Place,
    workers: number,
    use: (server: SteeringServer) => Promise<void>,
  ): Promise<void> {
    const server = await SteeringServer.start(rival, place, workers, (started) => this.#hooks.onServer(started));
    try {
      await warmUp(server, this.#scenario.warmupRequests, this.#scenario.warmupPath);
      await use(server);
    } finally {
      await server.stop();
      this.#hooks.onServer(undefined);
    }
  }

  async #measure(server: SteeringServer, variant: Variant, round: number, index: number): Promise<void> {
    const { name, rounds } = this.#scenario;
    const sample = await measureVariant(server, variant, { scenario: name, round, place: index });
    this.progress.samples.push(sample);
    this.#hooks.onSample?.(sample);
    const figures = Object.entries(sample.numbers).map(([what, value]) => `${what} ${value.toPrecision(4)}`);
    if (sample.latency !== null) figures.unshift(`p99 ${(sample.latency.p99Ns / 1e6).toFixed(1)} ms`);
    this.#hooks.onLine(`${name} ${round + 1}/${rounds}  ${variant.name}  ${server.rival.name}  ${figures.join(', ')}`);
  }
}

function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return reason.split('\n').slice(0, MOST_REASON_LINES).join(' ');
}

/** Neighbours with the same number of workers. */
function groupsOf(variants: readonly Variant[]): Variant[][] {
  const groups: Variant[][] = [];
  for (const variant of variants) {
    const last = groups.at(-1);
    if (last?.[0]?.workers === variant.workers) last.push(variant);
    else groups.push([variant]);
  }
  return groups;
}

/** Measures every rival in every variant, round by round; servers are started anew each time. */
export function runScenario(
  scenario: Experiment,
  rivalNames: readonly string[],
  hooks: RunnerHooks,
): Promise<ScenarioProgress> {
  return new Runner(scenario, rivalNames, hooks).run();
}
