/** The kernel, and how it hands connections to the loops. */
import { shortNumber } from '../../../top/cells.js';
import { type Layout, layoutOf, lineTo, moved } from '../view/layout.js';
import type { Sample, SlotSample } from '../view/sample.js';
import { say, set, svg } from './dom.js';
import { type Tile, tileOf } from './tile.js';

export interface PictureHost {
  /** Tiles have no words for their figures. */
  onCompact(isCompact: boolean): void;
  /** null: none any more. */
  onChoose(slot: number | null): void;
}

/** Widths of lines: what gets most connections has the widest; less where several share a gap. */
const LINE = { least: 1.5, most: 7, mostOfMany: 2 };
/** A line moves in steps: an animation would have the browser draw sixty times a second. */
const STEP_MS = 200;
const STEPS = 4;
const WIDE_KERNEL = 120;
const MOST_ADDRESSES = 4;

export class Picture {
  readonly #stage: HTMLElement;
  readonly #host: PictureHost;
  #layout: Layout | null = null;
  #sample: Sample | null = null;
  #tiles: Tile[] = [];
  #lines: SVGPathElement[] = [];
  #kernel: SVGTextElement[] = [];
  #focused = 0;
  #chosen: number | null = null;
  #phase = 0;
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)');

  constructor(stage: HTMLElement, host: PictureHost) {
    this.#stage = stage;
    this.#host = host;
    setInterval(() => this.#step(), STEP_MS);
    new ResizeObserver(() => this.#draw()).observe(stage);
  }

  show(sample: Sample): void {
    this.#sample = sample;
    this.#draw();
  }

  choose(slot: number | null): void {
    this.#chosen = slot;
    this.#markChosen();
  }

  #draw(): void {
    const sample = this.#sample;
    const width = Math.floor(this.#stage.clientWidth);
    if (sample === null || width === 0) return;
    if (this.#layout?.width !== width || this.#tiles.length !== sample.slots.length) this.#build(sample, width);
    const most = Math.max(1, ...sample.slots.map(({ acceptedRate }) => acceptedRate ?? 0));
    sample.slots.forEach((slot, index) => {
      this.#tiles[index]?.show(slot);
      const line = this.#lines[index];
      if (line !== undefined) showFlow(line, slot, most, this.#layout?.columns === 1 ? LINE.most : LINE.mostOfMany);
    });
    kernelTexts(sample, (this.#layout?.kernelWidth ?? 0) >= WIDE_KERNEL).forEach((text, index) => {
      const element = this.#kernel[index];
      if (element !== undefined) say(element, text);
    });
    this.#markChosen();
  }

  #build({ slots }: Sample, width: number): void {
    const hadFocus = this.#stage.contains(document.activeElement);
    const layout = layoutOf(slots.length, width);
    const { height, kernelWidth } = layout;
    this.#layout = layout;
    this.#host.onCompact(layout.isCompact);
    this.#tiles = layout.tiles.map(({ x, y }) => tileOf(layout, x, y));
    this.#lines = layout.tiles.map((_, index) => svg('path', { class: 'line', d: lineTo(layout, index) }));
    this.#kernel = kernelElements(layout);
    const kernel = svg('rect', { class: 'kernel', x: 0.5, y: 0.5, width: kernelWidth - 1, height: height - 1, rx: 8 });
    const list = svg(
      'g',
      { role: 'listbox', 'aria-label': 'Event loops. Arrow keys move, Enter chooses.' },
      ...this.#tiles.map(({ group }) => group),
    );
    const size = { width, height, viewBox: `0 0 ${width} ${height}` };
    const hidden = svg('g', { 'aria-hidden': 'true' }, ...this.#lines, kernel, ...this.#kernel);
    this.#stage.replaceChildren(
      svg('svg', { ...size, class: layout.columns > 2 ? 'picture crowded' : 'picture' }, hidden, list),
    );
    list.addEventListener('keydown', (event) => this.#onKey(event));
    this.#tiles.forEach(({ group }, index) => group.addEventListener('click', () => this.#onChoice(index)));
    this.#focus(Math.min(this.#focused, slots.length - 1), hadFocus);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') return this.#host.onChoose(null);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return this.#onChoice(this.#focused);
    }
    const to = moved(event.key, this.#focused, this.#tiles.length, this.#layout?.columns ?? 1);
    if (to === undefined) return;
    event.preventDefault();
    this.#focus(to, true);
  }

  #onChoice(index: number): void {
    const slot = this.#sample?.slots[index]?.slot ?? null;
    this.#focus(index, false);
    this.#host.onChoose(slot === this.#chosen ? null : slot);
  }

  /** One of them is reached by Tab, the others by arrow keys from there. */
  #focus(index: number, now: boolean): void {
    this.#focused = Math.max(0, index);
    this.#tiles.forEach(({ group }, each) => set(group, { tabindex: each === this.#focused ? 0 : -1 }));
    if (now) this.#tiles[this.#focused]?.group.focus();
  }

  #step(): void {
    if (document.hidden || this.#layout?.columns !== 1 || this.#still.matches) return;
    this.#phase = (this.#phase + 1) % STEPS;
    this.#stage.dataset['phase'] = String(this.#phase);
  }

  #markChosen(): void {
    this.#sample?.slots.forEach(({ slot }, index) => {
      const group = this.#tiles[index]?.group;
      if (group !== undefined) set(group, { 'aria-selected': String(slot === this.#chosen) });
    });
  }
}

function showFlow(line: SVGPathElement, { look, acceptedRate }: SlotSample, most: number, widest: number): void {
  const rate = acceptedRate ?? 0;
  const width = LINE.least + (widest - LINE.least) * Math.sqrt(rate / most);
  set(line, {
    'stroke-width': width.toFixed(1),
    'data-look': look,
    'data-flow': rate === 0 ? 'none' : 'some',
  });
}

function kernelElements({ kernelWidth }: Layout): SVGTextElement[] {
  const x = kernelWidth / 2;
  return Array.from({ length: 4 + MOST_ADDRESSES }, (_, index) => {
    const kind = index === 0 ? 'kernel-name' : index < 3 ? 'kernel-figure' : 'kernel-about';
    return svg('text', { class: kind, x, y: 26 + index * 20, 'text-anchor': 'middle' });
  });
}

function kernelTexts({ acceptedRate, snapshot }: Sample, isWide: boolean): string[] {
  const head = ['kernel', `${shortNumber(acceptedRate)}/s`];
  if (!isWide) return head;
  const addresses = snapshot.addresses.map(({ address }) => fit(address));
  const shown = addresses.length > MOST_ADDRESSES ? [...addresses.slice(0, MOST_ADDRESSES - 1), '…'] : addresses;
  return [...head, '', fit(snapshot.steer.used), ...shown];
}

function fit(text: string): string {
  return text.length <= 20 ? text : `${text.slice(0, 19)}…`;
}
