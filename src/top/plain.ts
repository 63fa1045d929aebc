/** What `reuseport top` prints where there is no terminal: a line for each look, as vmstat does. Pure. */
import { shortNumber } from './cells.js';
import { type Sample, slotsOf } from './sample.js';

const TITLES = ['time', 'slots', 'ready', 'stuck', 'conn/s', 'req/s', 'open', 'queued', 'drop/s', 'rescues', 'maxloop'];
const WIDTHS = TITLES.map((title) => Math.max(title.length, 6));

function row(cells: readonly string[]): string {
  return cells.map((cell, index) => cell.padStart(index === 0 ? 8 : (WIDTHS[index] ?? 0))).join(' ');
}

export function plainHeader(): string {
  return row(TITLES);
}

/** `at`: local time of day. */
export function plainLine(sample: Sample, at: Date): string {
  const { status, workers } = sample;
  const count = (state: string) => workers.filter((worker) => worker.state === state).length;
  const loops = workers.flatMap(({ loopUtilization }) => (loopUtilization === null ? [] : [loopUtilization]));
  return row([
    at.toTimeString().slice(0, 8),
    String(slotsOf(status)),
    String(count('ready')),
    String(count('stuck')),
    shortNumber(sample.acceptedRate),
    shortNumber(sample.requestRate),
    String(sample.open),
    String(sample.queued),
    shortNumber(sample.dropRate),
    String(status.counters.rescues),
    loops.length === 0 ? '-' : `${Math.round(Math.max(...loops) * 100)}%`,
  ]);
}
