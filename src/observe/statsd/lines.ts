/** Samples as lines of the statsd protocol, with tags as DogStatsD has them: `reuseport.requests:12|c|#service:shop,slot:3`. Pure. */
import type { MetricDefinition, Sample } from '../metrics/definition.js';

/** What separates parts of a line, and lines of a datagram. */
const SEPARATORS = /[,|@#\s]/g;

/** What each counter had at the push before; null at the first, from which on increases count. */
export type Baseline = ReadonlyMap<string, number>;

export interface Push {
  lines: string[];
  /** For the next push. */
  baseline: Baseline;
}

type Metrics = Iterable<readonly [name: string, definition: Pick<MetricDefinition, 'type' | 'read'>]>;
type Reading = Parameters<MetricDefinition['read']>[0];

/** Gauges as they are, counters by how much they have grown. */
export function linesOf(metrics: Metrics, reading: Reading, service: string, before: Baseline | null): Push {
  const lines: string[] = [];
  const baseline = new Map<string, number>();
  for (const [name, { type, read }] of metrics) {
    for (const sample of read(reading)) {
      const [path, tags] = [pathOf(name), tagsOf(service, sample)];
      if (type === 'gauge') {
        lines.push(`${path}:${sample.value}|g|#${tags}`);
        continue;
      }
      const series = `${name},${tags}`;
      baseline.set(series, sample.value);
      const growth = before === null ? 0 : growthOf(before.get(series) ?? 0, sample.value);
      if (growth > 0) lines.push(`${path}:${rounded(growth)}|c|#${tags}`);
    }
  }
  return { lines, baseline };
}

/** `reuseport_requests_total` is `reuseport.requests`. */
export function pathOf(name: string): string {
  return name.replace(/^reuseport_/, 'reuseport.').replace(/_total$/, '');
}

/** A counter that has become less has begun anew, with its worker. */
function growthOf(before: number, now: number): number {
  return now < before ? now : now - before;
}

/** Differences of seconds end in digits that mean nothing. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

function tagsOf(service: string, { labels }: Sample): string {
  return Object.entries<string | number>({ service, ...labels })
    .map(([key, value]) => `${key}:${String(value).replace(SEPARATORS, '_')}`)
    .join(',');
}
