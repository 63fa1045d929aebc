/** Runs scenarios one after the other, and makes one result of what they measured. */
import { readFileSync } from 'node:fs';
import { createDelayedNetwork } from '../network/delayed-network.js';
import type { NetworkPlan } from '../network/delayed-network.js';
import type { OwnNetwork } from '../network/own-network.js';
import { inProject } from '../paths.js';
import { fetchAnswers } from '../response.js';
import type { SteeringRival } from '../steering/rivals.js';
import { runScenario } from '../steering/runner.js';
import type { ScenarioProgress } from '../steering/runner.js';
import { canPin, placeApart } from '../steering/pinned-place.js';
import { loopback } from '../steering/place.js';
import type { Experiment } from '../steering/scenario.js';
import type { SteeringSample } from '../steering/sample.js';
import type { SteeringServer } from '../steering/steering-server.js';
import { describeEnvironment } from '../system.js';
import { differencesOf } from './answers.js';
import type { Pinning, RunFacts } from './facts.js';
import type { LabResult, LabRival, LabScenarioResult } from './result.js';
import { describeRival, labRivalNamed } from './rivals.js';
import type { LabBinaries } from './rivals.js';
import { labSample, labWitness } from './sample.js';
import type { LabPlan, LabScenario } from './scenario.js';
import { warningsOf } from './warnings.js';

export interface LabRun {
  scenarios: readonly LabScenario[];
  plan: LabPlan;
  /** These and no others, in every scenario; undefined: each scenario's own. */
  rivals: readonly string[] | undefined;
  binaries: LabBinaries;
  /** As typed. */
  command: readonly string[];
}

export interface LabHooks {
  onLine(line: string): void;
  onSample(scenario: LabScenario, sample: SteeringSample, rounds: number): void;
  /** After each round, and at the end of each scenario. */
  onResult(result: LabResult): Promise<void>;
  /** The server that runs now, for who has to stop it at an interruption. */
  onServer(server: SteeringServer | undefined): void;
}

export function rivalsOf({ rivals, plan }: Pick<LabRun, 'rivals' | 'plan'>, scenario: LabScenario): readonly string[] {
  return rivals ?? scenario.rivals(plan);
}

/** How long all of it takes, for the time left. */
export function plannedSeconds(run: LabRun): number {
  const each = run.scenarios.map((scenario) => {
    const { rounds } = scenario.experiment(run.plan);
    return rounds * rivalsOf(run, scenario).length * scenario.aboutSeconds(run.plan);
  });
  return each.reduce((sum, seconds) => sum + seconds, 0);
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

const networkBy = (plan: NetworkPlan) => () => createDelayedNetwork(plan);

async function pinnedLoopback(): Promise<OwnNetwork | string> {
  const place = placeApart();
  return typeof place === 'string' ? place : { how: 'loopback', place, close: async () => undefined };
}

/** Where the servers and the load generator are; that of the scenario itself, unless the run says otherwise. */
function whereabouts({ network, pin }: LabPlan): Pick<Experiment, 'network'> {
  if (network !== undefined) return { network: networkBy(network) };
  return pin === true ? { network: pinnedLoopback } : {};
}

function pinningOf({ network, pin }: LabPlan): Pinning {
  if (pin === true) return 'pinned';
  return network === undefined && canPin() ? 'unpinned' : 'impossible';
}

class Lab {
  readonly #run: LabRun;
  readonly #hooks: LabHooks;
  readonly #done: LabScenarioResult[] = [];
  readonly #about: Omit<LabResult, 'finishedAt' | 'scenarios'>;
  readonly #machine: Pick<RunFacts, 'cores' | 'loadAverage1' | 'governor' | 'pinning'>;

  constructor(run: LabRun, hooks: LabHooks) {
    this.#run = run;
    this.#hooks = hooks;
    const environment = describeEnvironment();
    const { cores, loadAverage1, governor } = environment;
    this.#machine = { cores, loadAverage1, governor, pinning: pinningOf(run.plan) };
    this.#about = {
      format: 'reuseport-bench',
      version: 1,
      startedAt: new Date().toISOString(),
      command: run.command,
      quick: run.plan.quick,
      environment: { ...environment, nodeVersion: process.versions.node, packageVersion: packageVersion() },
      rivals: this.#allRivals(),
    };
  }

  async run(): Promise<LabResult> {
    for (const scenario of this.#run.scenarios) {
      this.#done.push(await this.#scenario(scenario));
      await this.#hooks.onResult(this.#result(null));
    }
    const result = this.#result(new Date().toISOString());
    await this.#hooks.onResult(result);
    return result;
  }

  #allRivals(): LabRival[] {
    const all = this.#run.scenarios.flatMap((scenario) =>
      rivalsOf(this.#run, scenario).map(
        (name) => scenario.ownRivals?.describeRival(name) ?? describeRival(name, this.#run.binaries),
      ),
    );
    return [...new Map(all.map((rival) => [rival.name, rival])).values()];
  }

  #result(finishedAt: string | null, current: readonly LabScenarioResult[] = []): LabResult {
    return { ...this.#about, finishedAt, scenarios: [...this.#done, ...current] };
  }

  async #scenario(scenario: LabScenario): Promise<LabScenarioResult> {
    const rivalNamed = scenario.ownRivals?.rivalNamed ?? this.#rivalFor(scenario);
    const { plan } = this.#run;
    const own = scenario.experiment(plan);
    // One that has a network of its own keeps it.
    const elsewhere = own.network === undefined || plan.network !== undefined ? whereabouts(plan) : {};
    const experiment = { ...own, ...elsewhere, rivalNamed };
    const answers = new Map<string, readonly string[]>();
    const toResult = (progress: ScenarioProgress): LabScenarioResult => this.#toResult(scenario, progress, answers);
    const progress = await runScenario(experiment, rivalsOf(this.#run, scenario), {
      onLine: () => {},
      onSample: (sample) => this.#hooks.onSample(scenario, sample, experiment.rounds),
      onRound: (sofar) => this.#hooks.onResult(this.#result(null, [toResult(sofar)])),
      onServer: (server) => this.#hooks.onServer(server),
      onReady: async ({ rival, place, process: { settings } }) => {
        // In a network of its own it is out of reach from here.
        const isHere = place === loopback || experiment.network === pinnedLoopback;
        if (!isHere || scenario.ownRivals !== undefined || answers.has(rival.name)) return;
        answers.set(rival.name, await fetchAnswers(settings.host, settings.port));
      },
    });
    for (const [name, reason] of progress.skipped) this.#hooks.onLine(`skipped ${name}: ${reason}`);
    return toResult(progress);
  }

  #rivalFor({ onlyRoot }: LabScenario): (name: string) => SteeringRival {
    const named = labRivalNamed(this.#run.binaries);
    const reason = 'it answers / alone, and this scenario asks for more';
    return (name) => {
      const rival = named(name);
      return rival.onlyRoot === true && onlyRoot !== true ? { ...rival, command: () => reason } : rival;
    };
  }

  #toResult(
    scenario: LabScenario,
    progress: ScenarioProgress,
    answers: ReadonlyMap<string, readonly string[]>,
  ): LabScenarioResult {
    const samples = progress.samples.map(labSample);
    const witnesses = progress.samples.map(labWitness);
    const [reference = []] = answers.values();
    const differences = new Map([...answers].map(([rival, own]) => [rival, differencesOf(reference, own)]));
    const { metrics, failuresAreMeant = false } = scenario;
    const facts = { ...this.#machine, metrics, differences, failuresAreMeant };
    return {
      name: scenario.name,
      title: scenario.title,
      question: progress.question,
      expected: progress.expected,
      ...scenario.judge(samples),
      ...(scenario.advises === true ? { advises: true } : {}),
      baseline: scenario.baseline,
      metrics: [...metrics],
      charts: [...scenario.charts],
      samples,
      skipped: Object.fromEntries(progress.skipped),
      warnings: warningsOf(witnesses, facts),
    };
  }
}

export function runLab(run: LabRun, hooks: LabHooks): Promise<LabResult> {
  return new Lab(run, hooks).run();
}
