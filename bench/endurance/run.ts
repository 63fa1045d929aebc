/** One scenario with one subject: load on, act, load off, account. */
import { type ClientCounts, type ClientLoss } from './clients-protocol.js';
import { accountFor, type Account, lossOf } from './account.js';
import { AcceptLog } from './accept-log.js';
import { ClientProcess } from './client-process.js';
import { type Evidence, type Figure, figuresOf, newEvidence, replacementsOf, UNDISTURBED } from './figures.js';
import { flatness } from './flatness.js';
import { type Goal, goalsOf } from './goals.js';
import { type LoadSummary, OpenLoop } from './open-loop.js';
import { Ours } from './ours.js';
import { Random } from '../handover/random.js';
import type { Scenario } from './scenario.js';
import type { Rival, Subject } from './subject.js';
import { successionsOf } from './succession.js';

export interface RunPlan {
  scenario: Scenario;
  rival: Rival;
  count: number;
  workers: number;
  ratePerSecond: number;
  keepAlive: number;
  websockets: number;
  wsModule: string | undefined;
  killEveryMs: number;
  seed: number;
  /** More options of `reuseport run`. */
  options: readonly string[];
}

export interface RunResult extends Account {
  scenario: string;
  rival: string;
  count: number;
  load: LoadSummary;
  clients: ClientCounts;
  kills: number;
  figures: Figure[];
  goals: Goal[];
  seconds: number;
  /** Why it was ended before its time. */
  gaveUp?: string;
  /** The end of the subject's log, when there was a violation. */
  log?: string;
}

export async function runScenario(plan: RunPlan): Promise<RunResult> {
  const { scenario, rival, workers, ratePerSecond, wsModule } = plan;
  const options = [...(scenario.options?.(ratePerSecond, workers) ?? []), ...plan.options];
  const subject = await rival.start({ workers, options, wsModule });
  const evidence = newEvidence();
  let clients: ClientProcess | undefined;
  let result: RunResult | undefined;
  try {
    const { port } = subject;
    const { keepAlive, websockets, seed } = plan;
    clients = await ClientProcess.start({ port, keepAlive, websockets, wsModule, seed });
    const load = new OpenLoop(port, ratePerSecond, UNDISTURBED);
    const began = performance.now();
    await act(plan, subject, evidence, load);
    const seconds = (performance.now() - began) / 1000;
    await load.end();
    const counts = await clients.end();
    if (subject instanceof Ours) {
      await subject.settled(workers).catch((error: Error) => evidence.violations.push(error.message));
    }
    const losses = [...load.losses().map(lossOf), ...clients.losses];
    result = { ...account(plan, subject, evidence, load, losses), clients: counts, seconds };
  } finally {
    clients?.kill();
    const said = subject.log();
    const left = await subject.stop();
    result?.violations.push(...left);
    if (result !== undefined && result.violations.length > 0) result.log = said;
  }
  return result;
}

async function act(plan: RunPlan, subject: Subject, evidence: Evidence, load: OpenLoop): Promise<void> {
  const { scenario, count, workers, killEveryMs } = plan;
  const phase = (name: string): Promise<void> => load.next(name);
  const stage = { random: new Random(plan.seed), count, workers, killEveryMs, evidence, phase };
  try {
    if (!scenario.onlyOurs) await scenario.act({ ...stage, subject });
    else if (subject instanceof Ours) await scenario.act({ ...stage, subject });
  } catch (error) {
    evidence.gaveUp = (error as Error).message;
    evidence.violations.push(evidence.gaveUp);
  }
}

function account(
  { scenario, rival, count }: RunPlan,
  subject: Subject,
  evidence: Evidence,
  load: OpenLoop,
  losses: readonly ClientLoss[],
): Omit<RunResult, 'clients' | 'seconds'> {
  const log = new AcceptLog(
    subject.acceptedFile,
    new Set(losses.map(({ client }) => client)),
    new Set(evidence.resumed.map(({ pid }) => pid)),
  );
  const account = accountFor(losses, evidence.kills, (client) => log.of(client));
  const wrong = load.wrongStatuses();
  if (wrong > 0) account.violations.push(`${wrong} answers to new connections had another status than 2xx`);
  const flat = flatness(evidence.samples);
  account.violations.push(...evidence.violations, ...flat.violations);
  const { kills, gaveUp } = evidence;
  const successions = successionsOf(subject instanceof Ours ? subject.events() : []);
  const replacements = replacementsOf(kills, log.firsts(), successions);
  const figures = [...figuresOf(evidence, log, load.byPhase, replacements), ...flat.figures];
  const names = { scenario: scenario.name, rival: rival.name, count };
  const measured = { load: load.summary(), kills: kills.length, figures, goals: goalsOf(replacements) };
  return { ...account, ...names, ...measured, ...(gaveUp === undefined ? {} : { gaveUp }) };
}
