/** A loop in the picture: its state, its load, its queue. */
import { shortNumber } from '../../../top/cells.js';
import type { Layout } from '../view/layout.js';
import type { Look } from '../view/looks.js';
import type { SlotSample } from '../view/sample.js';
import { queueShare, sentenceOf } from '../view/words.js';
import { say, set, svg } from './dom.js';
import { showLook, sign } from './signs.js';

const SERVING: ReadonlySet<Look> = new Set(['idle', 'busy', 'stuck']);

export interface Tile {
  readonly group: SVGGElement;
  show(slot: SlotSample): void;
}

export function tileOf({ isCompact, tileWidth, tileHeight }: Layout, x: number, y: number): Tile {
  const at = isCompact ? { sign: 13, name: 24, word: 44, top: 15 } : { sign: 18, name: 32, word: 92, top: 21 };
  const shape = sign('idle');
  const name = svg('text', { x: at.name, y: at.top, class: 'name' });
  const word = svg('text', { x: at.word, y: at.top, class: 'word' });
  const rate = svg('text', { x: tileWidth - 8, y: at.top, class: 'rate', 'text-anchor': 'end' });
  const bars = isCompact
    ? [bar(8, 24, tileWidth - 16, 'load'), bar(8, 32, tileWidth - 16, 'queue')]
    : [bar(56, 33, tileWidth - 112, 'load'), bar(56, 49, tileWidth - 112, 'queue')];
  const labels = isCompact ? [] : [label(12, 40, 'loop'), label(12, 56, 'queue')];
  const figures = isCompact ? [] : [figure(tileWidth - 8, 40), figure(tileWidth - 8, 56)];
  const group = svg(
    'g',
    { class: isCompact ? 'loop compact' : 'loop', transform: `translate(${x} ${y})`, role: 'option', tabindex: -1 },
    svg('rect', { class: 'tile', width: tileWidth, height: tileHeight, rx: 6 }),
    svg('g', { transform: `translate(${at.sign} ${at.top - 4.5})${isCompact ? ' scale(.8)' : ''}` }, shape),
    name,
    word,
    rate,
    ...labels,
    ...bars.map(({ group }) => group),
    ...figures,
  );
  const show = (slot: SlotSample) => {
    group.dataset['look'] = slot.look;
    group.dataset['slot'] = String(slot.slot);
    set(group, { 'aria-label': sentenceOf(slot) });
    showLook(shape, slot.look);
    say(name, isCompact ? String(slot.slot) : `slot ${slot.slot}`);
    say(word, slot.draining > 0 && slot.look !== 'draining' && !isCompact ? `${slot.look}, 1 draining` : slot.look);
    say(
      rate,
      SERVING.has(slot.look) && slot.acceptedRate !== null
        ? `${shortNumber(slot.acceptedRate)}${isCompact ? '' : '/s'}`
        : '',
    );
    bars[0]?.fill(slot.busyShare ?? 0);
    bars[1]?.fill(queueShare(slot));
    if (figures[0] !== undefined)
      say(figures[0], slot.busyShare === null ? '–' : `${Math.round(slot.busyShare * 100)} %`);
    if (figures[1] !== undefined) say(figures[1], shortNumber(slot.queued));
  };
  return { group, show };
}

function bar(x: number, y: number, width: number, kind: string) {
  const filled = svg('rect', { class: `bar ${kind}`, x, y, width: 0, height: 6, rx: 2 });
  const group = svg('g', {}, svg('rect', { class: 'track', x, y, width, height: 6, rx: 2 }), filled);
  return { group, fill: (share: number) => set(filled, { width: Math.round(width * Math.min(1, share) * 10) / 10 }) };
}

function label(x: number, y: number, text: string): SVGTextElement {
  return svg('text', { x, y, class: 'label' }, text);
}

function figure(x: number, y: number): SVGTextElement {
  return svg('text', { x, y, class: 'label', 'text-anchor': 'end' });
}
