/** Lines over time: one for each slot, so that evenness is a bundle, and what is uneven leaves it. */
import uPlot from 'uplot';
import { shortNumber } from '../../../top/cells.js';
import { agoOf, spanOf, ticksOf } from '../view/axis.js';
import type { History, SlotColumns } from '../view/history.js';
import { html, set } from './dom.js';

interface ChartKind {
  title: string;
  of: keyof SlotColumns;
  unit: string;
  most?: number;
}

const KINDS: readonly ChartKind[] = [
  { title: 'Accepts per second', of: 'accepted', unit: '/s' },
  { title: 'Loop utilization', of: 'loop', unit: ' %', most: 100 },
  { title: 'Accept queue', of: 'queued', unit: '' },
];

/** More lines cannot be told apart by colour. */
export const MOST_COLOURS = 8;
const HEIGHT = 170;

interface Chart {
  kind: ChartKind;
  box: HTMLElement;
  plot: uPlot | null;
}

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function slotColour(slot: number): string {
  return `--line-${slot % MOST_COLOURS}`;
}

export class Charts {
  readonly #history: History;
  readonly #charts: Chart[];
  #width = 0;
  #chosen: number | null = null;

  constructor(parent: HTMLElement, history: History) {
    this.#history = history;
    this.#charts = KINDS.map((kind) => {
      const box = html('div', { class: 'plot', role: 'img' });
      parent.append(html('figure', {}, html('figcaption', {}, kind.title), box));
      return { kind, box, plot: null };
    });
    new ResizeObserver(() => this.#resize()).observe(parent);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#rebuild());
  }

  show(): void {
    if (this.#width !== this.#history.width) this.#rebuild();
    const [from, to] = spanOf(this.#history.seconds);
    for (const { kind, box, plot } of this.#charts) {
      plot?.setData(this.#dataOf(kind), false);
      plot?.setScale('x', { min: from, max: to });
      set(box, { 'aria-label': this.#summary(kind) });
    }
  }

  /** It stands out from the others; null: all are alike. */
  choose(slot: number | null): void {
    this.#chosen = slot;
    this.#rebuild();
  }

  #dataOf({ of }: ChartKind): uPlot.AlignedData {
    const columns = this.#history.slots.slice(0, this.#history.width).map((slot) => slot[of]);
    return [this.#history.seconds, ...columns] as uPlot.AlignedData;
  }

  #summary({ title, of, unit }: ChartKind): string {
    const now = this.#history.slots.flatMap((slot) => slot[of].at(-1) ?? []);
    if (now.length === 0) return `${title}: nothing yet`;
    const [least, most] = [Math.min(...now), Math.max(...now)].map((value) => `${shortNumber(value)}${unit}`);
    return `${title} of each slot over time; now from ${least} to ${most}`;
  }

  #resize(): void {
    for (const { box, plot } of this.#charts) plot?.setSize({ width: box.clientWidth, height: HEIGHT });
  }

  #rebuild(): void {
    this.#width = this.#history.width;
    for (const chart of this.#charts) {
      chart.plot?.destroy();
      chart.plot = this.#width === 0 ? null : new uPlot(this.#options(chart), this.#dataOf(chart.kind), chart.box);
    }
  }

  #options({ kind, box }: Chart): uPlot.Options {
    const axis = { stroke: colour('--muted'), grid: { stroke: colour('--grid'), width: 1 }, ticks: { show: false } };
    const most = (largest: number | null) => kind.most ?? Math.max(1, (largest ?? 0) * 1.1);
    return {
      width: box.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: true }, y: { range: (_, __, largest) => [0, most(largest)] } },
      axes: [
        {
          ...axis,
          size: 28,
          splits: (_, __, from, to) => ticksOf(from, to),
          values: ({ scales }, times) => times.map((time) => agoOf((scales['x']?.max ?? time) - time)),
        },
        {
          ...axis,
          size: 52,
          space: 36,
          values: (_, values) => values.map((value) => `${shortNumber(value)}${kind.unit}`),
        },
      ],
      series: [{}, ...Array.from({ length: this.#width }, (_, slot) => this.#series(slot))],
    };
  }

  #series(slot: number): uPlot.Series {
    const [isChosen, isFew] = [slot === this.#chosen, this.#width <= MOST_COLOURS];
    const isDim = this.#chosen !== null && !isChosen;
    const name = isDim ? '--line-dim' : isFew ? slotColour(slot) : isChosen ? '--accent' : '--line-many';
    return {
      stroke: colour(name),
      width: isChosen ? 3 : isFew && !isDim ? 2 : 1,
      points: { show: false },
      spanGaps: false,
    };
  }
}
