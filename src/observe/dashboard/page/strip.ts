/** Reloads as bars over the last minutes, troubles as marks, and all that has happened as a list. */
import { KEPT_SECONDS } from '../view/history.js';
import type { Entry, ReloadBar, Timeline } from '../view/timeline.js';
import { html, svg } from './dom.js';

const HEIGHT = 64;
const LANE = { reloads: 8, height: 20, marks: 42 };
const LEAST_WIDTH = 5;
const MOST_SHOWN = 40;
const MINUTES = [4, 3, 2, 1];

export class Strip {
  readonly #box: HTMLElement;
  readonly #list: HTMLElement;
  #newest: Entry | null | undefined;
  #timeline: Timeline | null = null;
  #nowMs = 0;

  constructor(box: HTMLElement, list: HTMLElement) {
    this.#box = box;
    this.#list = list;
    new ResizeObserver(() => this.#draw()).observe(box);
  }

  show(timeline: Timeline, nowMs: number): void {
    this.#timeline = timeline;
    this.#nowMs = nowMs;
    this.#draw();
    this.#write(timeline.entries);
  }

  #draw(): void {
    const width = Math.floor(this.#box.clientWidth);
    if (this.#timeline === null || width === 0) return;
    const x = (atMs: number) => width * (1 - (this.#nowMs - atMs) / (KEPT_SECONDS * 1_000));
    const { entries, reloads } = this.#timeline;
    const label = reloads.length === 0 ? 'No reload yet' : reloads.slice(-3).map(wordsOf).join('; ');
    this.#box.replaceChildren(
      svg(
        'svg',
        { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, class: 'strip', role: 'img', 'aria-label': label },
        ...axis(width),
        ...reloads.flatMap((bar) => barOf(bar, this.#nowMs, x)),
        ...entries
          .filter(({ kind, atMs }) => kind !== 'reload' && x(atMs) >= 0)
          .map((entry) => markOf(entry, x(entry.atMs))),
      ),
    );
  }

  #write(entries: readonly Entry[]): void {
    const newest = entries.at(-1) ?? null;
    if (newest === this.#newest) return;
    this.#newest = newest;
    const shown = entries.slice(-MOST_SHOWN).toReversed();
    const items = shown.map(({ atMs, kind, text }) => {
      const time = new Date(atMs);
      const when = html('time', { datetime: time.toISOString() }, time.toLocaleTimeString([], { hour12: false }));
      return html('li', { 'data-kind': kind }, when, ' ', text);
    });
    this.#list.replaceChildren(
      ...(items.length === 0 ? [html('li', {}, 'Nothing has happened while this page is open.')] : items),
    );
  }
}

function axis(width: number): SVGElement[] {
  const lines = MINUTES.flatMap((minutes) => {
    const x = Math.round(width * (1 - (minutes * 60) / KEPT_SECONDS)) + 0.5;
    const text = svg('text', { x, y: HEIGHT - 2, class: 'axis', 'text-anchor': 'middle' }, `−${minutes} min`);
    return [svg('path', { class: 'grid', d: `M${x} 0V${HEIGHT - 14}` }), text];
  });
  return [...lines, svg('text', { x: width - 2, y: HEIGHT - 2, class: 'axis', 'text-anchor': 'end' }, 'now')];
}

function barOf(bar: ReloadBar, nowMs: number, x: (atMs: number) => number): SVGElement[] {
  const [left, right] = [x(bar.startMs), x(bar.endMs ?? nowMs)];
  if (right < 0) return [];
  const width = Math.max(LEAST_WIDTH, right - left);
  const at = right - width;
  const rect = svg('rect', {
    class: 'reload',
    'data-outcome': bar.outcome,
    x: at,
    y: LANE.reloads,
    width,
    height: LANE.height,
    rx: 2,
  });
  const label = `${SIGNS[bar.outcome]} ${bar.generation}`;
  const text = svg('text', { x: at - 4, y: LANE.reloads + 14, class: 'axis', 'text-anchor': 'end' }, label);
  rect.append(svg('title', {}, wordsOf(bar)));
  return at < 40 ? [rect] : [rect, text];
}

const SIGNS: Readonly<Record<ReloadBar['outcome'], string>> = {
  running: '…',
  complete: '✓',
  aborted: '✗',
  unknown: '?',
};

function wordsOf({ generation, outcome, startMs, endMs, replaced }: ReloadBar): string {
  const took = endMs === null ? '' : `, ${((endMs - startMs) / 1_000).toFixed(1)} s`;
  return `Reload to generation ${generation}: ${outcome}${took}, ${replaced.length} slots replaced`;
}

function markOf({ kind, text }: Entry, x: number): SVGElement {
  const y = LANE.marks;
  const d =
    kind === 'trouble'
      ? `M${x} ${y - 6}L${x + 6} ${y + 5}H${x - 6}Z`
      : `M${x - 3} ${y}A3 3 0 1 1 ${x + 3} ${y}A3 3 0 1 1 ${x - 3} ${y}Z`;
  return svg('path', { class: 'mark', 'data-kind': kind, d }, svg('title', {}, text));
}
