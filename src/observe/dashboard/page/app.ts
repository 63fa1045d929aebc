/** The dashboard in the browser: takes what the stream tells to all that shows it. */
import { History } from '../view/history.js';
import { LOOKS, MEANINGS } from '../view/looks.js';
import { LONGEST_GAP_MS, type Sample, sampleOf } from '../view/sample.js';
import type { Snapshot } from '../view/snapshot.js';
import { EMPTY_TIMELINE, follow } from '../view/timeline.js';
import { sentenceOf } from '../view/words.js';
import { Charts, MOST_COLOURS, slotColour } from './charts.js';
import { byId, html, say, svg } from './dom.js';
import { Picture } from './picture.js';
import { sign } from './signs.js';
import { type LinkState, Stream } from './stream.js';
import { Strip } from './strip.js';
import { Table } from './table.js';
import { takeToken, keepToken } from './token.js';
import { Totals } from './totals.js';

const KEY = 'The number at the right: accepts per second. The bars: above the loop, below the queue.';

const history = new History();
const totals = new Totals();
const table = new Table();
const charts = new Charts(byId('charts'), history);
const strip = new Strip(byId('strip'), byId('entries'));
const picture = new Picture(byId('stage'), {
  onCompact: (isCompact) => say(byId('key'), isCompact ? KEY : ''),
  onChoose: (slot) => choose(slot),
});

let timeline = EMPTY_TIMELINE;
let sample: Sample | null = null;
let chosen: number | null = null;
let isPaused = false;
let drawnLines = 0;

function show(snapshot: Snapshot): void {
  // The files of this page may be those of another version: its own successor asks for the new ones.
  const former = sample;
  const before = former?.snapshot ?? null;
  if (before !== null && before.version !== snapshot.version) return location.reload();
  if (before !== null && (before.pid !== snapshot.pid || snapshot.atMs - before.atMs > LONGEST_GAP_MS)) history.break();
  sample = sampleOf(snapshot, before);
  const known = timeline.entries.at(-1);
  timeline = follow(timeline, sample, former);
  history.add(sample);
  totals.show(sample);
  picture.show(sample);
  charts.show();
  strip.show(timeline, snapshot.atMs);
  table.show(sample);
  showLines();
  showChosen();
  const newest = timeline.entries.at(-1);
  if (newest !== known && newest !== undefined) say(byId('announcement'), newest.text);
}

function choose(slot: number | null): void {
  chosen = slot;
  picture.choose(slot);
  charts.choose(slot);
  charts.show();
  showLines(true);
  showChosen();
}

function showChosen(): void {
  const slot = sample?.slots.find((each) => each.slot === chosen);
  say(
    byId('chosen'),
    slot === undefined ? 'Choose a loop to follow its line below.' : `${sentenceOf(slot)}. Esc: all alike.`,
  );
}

function showLines(anew = false): void {
  if (!anew && drawnLines === history.width) return;
  drawnLines = history.width;
  if (history.width > MOST_COLOURS) {
    const text = chosen === null ? `one line for each of ${history.width} slots` : `slot ${chosen}, before the others`;
    return byId('slots').replaceChildren(html('li', {}, text));
  }
  const items = Array.from({ length: history.width }, (_, slot) => {
    const line = svg('path', { d: 'M0 6H18', class: 'chip' });
    line.style.setProperty('stroke', `var(${slotColour(slot)})`);
    return html('li', {}, svg('svg', { width: 18, height: 12, 'aria-hidden': 'true' }, line), ` slot ${slot}`);
  });
  byId('slots').replaceChildren(...items);
}

const LINK_WORDS: Readonly<Record<LinkState['kind'], string>> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'no master answers',
  paused: 'paused',
  locked: 'locked',
};

function showLink(state: LinkState): void {
  const link = byId('link');
  link.dataset['link'] = state.kind;
  say(link, LINK_WORDS[state.kind]);
  link.title = 'why' in state ? state.why : '';
  const login = byId('login') as HTMLDialogElement;
  if (state.kind === 'locked') {
    if (state.why !== '') say(byId('login-why'), state.why);
    if (!login.open) login.showModal();
  } else if (login.open && state.kind === 'live') login.close();
}

byId('legend').append(
  ...LOOKS.map((look) => {
    const picture = svg('svg', { width: 16, height: 16, viewBox: '-8 -8 16 16', 'aria-hidden': 'true' }, sign(look));
    picture.dataset['look'] = look;
    return html('li', { title: MEANINGS[look] }, picture, ` ${look}`);
  }),
);

const stream = new Stream({ onSnapshot: show, onLink: showLink }, takeToken());

byId('pause').addEventListener('click', () => {
  isPaused = !isPaused;
  byId('pause').setAttribute('aria-pressed', String(isPaused));
  say(byId('pause'), isPaused ? 'Go on' : 'Pause');
  if (isPaused) stream.pause();
  else stream.start();
});

byId('login').addEventListener('submit', (event) => {
  event.preventDefault();
  const token = (byId('token') as HTMLInputElement).value.trim();
  keepToken(token);
  stream.start(token);
});

stream.start();
