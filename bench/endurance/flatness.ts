/** Whether the master keeps what it needs: descriptors and memory of the one that lived longest. Pure. */
import { groupBy } from '../report/group-by.js';
import { median } from '../report/statistics.js';
import type { Figure, MasterSample } from './figures.js';

/** With fewer samples a slope says nothing. */
const FEWEST_SAMPLES = 30;
/** A command, a worker that starts and one that drains hold a few for a while. */
const MORE_DESCRIPTORS = 8;
/** V8 gives memory back when it likes. */
const MORE_RSS_BYTES = 16 * 1_048_576;

export function flatness(samples: readonly MasterSample[]): { figures: Figure[]; violations: string[] } {
  const byMaster = [...groupBy(samples, ({ pid }) => String(pid)).values()];
  const longest = byMaster.toSorted((a, b) => b.length - a.length)[0] ?? [];
  if (longest.length < FEWEST_SAMPLES) return { figures: [], violations: [] };
  const figures: Figure[] = [{ title: 'samples of the master that lived longest', value: longest.length }];
  const violations: string[] = [];
  const look = (what: string, of: (sample: MasterSample) => number, mostMore: number, unit: number): void => {
    const [first, last] = tenths(longest.map(of));
    const perHour = slopePerMs(longest.map((sample) => [sample.atMs, of(sample)])) * 3_600_000;
    figures.push(
      { title: `${what}, first tenth (median)`, value: first / unit },
      { title: `${what}, last tenth (median)`, value: last / unit },
      { title: `${what}, slope per hour`, value: perHour / unit },
    );
    if (last - first > mostMore) violations.push(`the master's ${what} grew from ${first} to ${last}`);
  };
  look('descriptors', ({ descriptors }) => descriptors, MORE_DESCRIPTORS, 1);
  look('RSS, MiB', ({ rssBytes }) => rssBytes, MORE_RSS_BYTES, 1_048_576);
  return { figures, violations };
}

/** Medians of the first and the last tenth. */
function tenths(values: readonly number[]): [first: number, last: number] {
  const tenth = Math.ceil(values.length / 10);
  return [median(values.slice(0, tenth)), median(values.slice(-tenth))];
}

/** Least squares. */
export function slopePerMs(points: readonly (readonly [x: number, y: number])[]): number {
  const middleX = mean(points.map(([x]) => x));
  const middleY = mean(points.map(([, y]) => y));
  const over = points.reduce((sum, [x, y]) => sum + (x - middleX) * (y - middleY), 0);
  const under = points.reduce((sum, [x]) => sum + (x - middleX) ** 2, 0);
  return under === 0 ? 0 : over / under;
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
