/** Which way is best for a program, and why, from the figures alone. */
import { shortFigure } from '../../report/short-figure.js';
import { groupBy } from '../../report/group-by.js';

/** One way, under one kind of load: medians of its rounds. */
export interface Standing {
  rival: string;
  /** Is it `reuseport`? */
  ours: boolean;
  failed: number;
  /** At full speed. */
  ratePerSecond: number;
  cpuMicros: number;
  /** Under the same load for all. */
  p99Ms: number;
}

/** Two figures that are closer than this are the same: a few rounds say no more. */
const SAME = 0.1;
/** A tail varies more. */
const SAME_TAIL = 0.25;

export interface Advice {
  best: string;
  /** Sentences. */
  why: string[];
}

const least = <T>(items: readonly T[], of: (item: T) => number): number => Math.min(...items.map(of));

/** Those whose figure is as good as the best one's. */
function asGood<T>(items: readonly T[], of: (item: T) => number, tolerance: number): T[] {
  const best = least(items, of);
  return items.filter((item) => of(item) <= best * (1 + tolerance));
}

/** Simple ones first: what is as good with less is better. */
const SIMPLICITY = ['single', 'cluster-rr', 'cluster-none', 'hash'];
const rank = ({ rival }: Standing): number =>
  (SIMPLICITY.indexOf(rival) + SIMPLICITY.length + 1) % (SIMPLICITY.length + 1);

/**
 * No failures, then the tail under the same load, then the rate at full speed, then the CPU for a request; where these are
 * the same, the simplest. Undefined when there is nothing to choose from.
 */
export function adviseFrom(all: readonly Standing[]): Advice | undefined {
  if (all.length < 2) return undefined;
  const whole = all.filter(({ failed }) => failed === least(all, (one) => one.failed));
  const quick = asGood(whole, ({ p99Ms }) => p99Ms, SAME_TAIL);
  const strong = asGood(quick, ({ ratePerSecond }) => 1 / Math.max(ratePerSecond, 1e-9), SAME);
  const cheap = asGood(strong, ({ cpuMicros }) => cpuMicros, SAME);
  const [best] = cheap.toSorted((left, right) => rank(left) - rank(right));
  return best === undefined ? undefined : { best: best.rival, why: reasonsFor(best, all) };
}

function reasonsFor(best: Standing, all: readonly Standing[]): string[] {
  const reasons: string[] = [];
  const failing = all.filter(({ failed }) => failed > best.failed).map(({ rival, failed }) => `${rival} ${failed}`);
  if (failing.length > 0) reasons.push(`Requests failed elsewhere (${failing.join(', ')}).`);
  const others = all.filter((one) => one !== best);
  const slower = others.filter(({ p99Ms }) => p99Ms > best.p99Ms * (1 + SAME_TAIL));
  if (slower.length > 0) {
    const list = slower.map(({ rival, p99Ms }) => `${rival} ${shortFigure(p99Ms)}`).join(', ');
    reasons.push(
      `The slowest hundredth of the requests takes ${shortFigure(best.p99Ms)} ms under the same load (${list}).`,
    );
  }
  reasons.push(...comparedWith(best, others));
  if (slower.length === 0 && failing.length === 0 && reasons.length === 0) {
    reasons.push('There is little between them under this load, and it is the simplest of those that are as good.');
  }
  return reasons;
}

function comparedWith(best: Standing, others: readonly Standing[]): string[] {
  const byName = groupBy(others, ({ rival }) => rival);
  const [single] = byName.get('single') ?? [];
  const [cluster] = byName.get('cluster-rr') ?? [];
  const reasons: string[] = [];
  if (single !== undefined && best.ratePerSecond > single.ratePerSecond * (1 + SAME)) {
    const times = shortFigure(best.ratePerSecond / single.ratePerSecond);
    reasons.push(`It answers ${times} times as much as one process, which uses one core.`);
  }
  if (cluster !== undefined && cluster.cpuMicros > best.cpuMicros * (1 + SAME)) {
    const share = shortFigure(best.cpuMicros / cluster.cpuMicros);
    const reason = best.ours ? ': no primary accepts each connection and hands it on' : '';
    reasons.push(`A request costs it ${share} × the CPU that it costs node:cluster${reason}.`);
  }
  return reasons;
}
