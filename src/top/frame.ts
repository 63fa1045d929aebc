/** A screenful of `reuseport top`. Pure. */
import { styleText } from 'node:util';
import sliceAnsi from 'slice-ansi';
import type { Status } from '../observe/status.js';
import { formatAddress } from '../supervisor/address.js';
import { bar, shortDuration, shortNumber } from './cells.js';
import { CHOICES, type Mode } from './prompt.js';
import { processesOf, type Sample, slotsOf, type WorkerSample } from './sample.js';

export interface Screen {
  columns: number;
  rows: number;
  isColored: boolean;
  isUnicode: boolean;
}

export interface View {
  sample: Sample;
  mode: Mode;
  /** What was asked of the master last and what came of it, or why it does not answer; empty: nothing. */
  message: string;
}

type Style = Parameters<typeof styleText>[0];

/** A part of a line in one style. */
interface Part {
  text: string;
  style?: Style | undefined;
}

/** Lines of at most `columns`, and at most `rows` of them; the last is that of the keys. */
export function frame({ sample, mode, message }: View, screen: Screen): string[] {
  const { status } = sample;
  const head = [
    titleLine(status),
    totalsLine(sample),
    ...listenerLines(status),
    counterLine(status),
    ...noticeLines(status),
  ];
  const foot = [[{ text: message }], keysLine(mode)];
  const room = Math.max(0, screen.rows - foot.length);
  const fit = head.length + sample.workers.length + 2 <= room;
  const workers = fit ? sample.workers : troubledFirst(sample.workers);
  const table = [...workerLines(workers, status, screen), ...reasonLines(workers, screen)];
  const body = [...head, [], ...table];
  const shown = body.length <= room ? body : [...body.slice(0, Math.max(0, room - 1)), hidden(body.length - room + 1)];
  const padding = Array.from({ length: Math.max(0, room - shown.length) }, () => []);
  const lines = [...shown, ...padding, ...foot].slice(-Math.max(1, screen.rows));
  return lines.map((line) => paint(line, screen));
}

function hidden(count: number): Part[] {
  return [{ text: `… ${count} more lines: make the window higher`, style: 'dim' }];
}

/** Of the others none is to be missed when they are out of sight. */
function troubledFirst(workers: readonly WorkerSample[]): WorkerSample[] {
  return workers.toSorted((a, b) => Number(isCalm(a)) - Number(isCalm(b)));
}

function isCalm({ state, why, queued }: WorkerSample): boolean {
  return state === 'ready' && why === null && (queued ?? 0) === 0;
}

function titleLine({ name, pid, generation, steer, user }: Status): Part[] {
  const as = user === null ? '' : `  as ${user.name}`;
  return [
    { text: name, style: 'bold' },
    { text: `  pid ${pid}  generation ${generation}${as}  steering ` },
    { text: steer.used, style: 'cyan' },
    { text: steer.asked === steer.used ? '' : ` (${steer.asked}: ${steer.why})`, style: 'dim' },
  ];
}

function totalsLine({ status, acceptedRate, requestRate, dropRate, queued, open }: Sample): Part[] {
  const stuck = status.workers.filter(({ state }) => state === 'stuck').length;
  const [slots, workers] = [slotsOf(status), processesOf(status)];
  const range = status.sizing === null ? '' : ` (${status.sizing.min} to ${status.sizing.max})`;
  return [
    { text: `${slots} slots${workers === slots ? '' : ` of ${workers} workers`}${range}` },
    { text: stuck === 0 ? '' : `, ${stuck} stuck`, style: 'red' },
    { text: `  ${shortNumber(acceptedRate)} connections/s  ${shortNumber(requestRate)} requests/s  ${open} open` },
    { text: `  ${queued} queued`, style: queued > 0 ? 'yellow' : undefined },
    { text: dropRate > 0 ? `  ${shortNumber(dropRate)} dropped/s` : '', style: 'red' },
  ];
}

function listenerLines({ listeners }: Status): Part[][] {
  return listeners.map((listener) => {
    const { steer, slots } = listener;
    const drops = slots.reduce((sum, slot) => sum + slot.drops, 0);
    return [
      {
        text: `  ${formatAddress(listener)}  ${slots.length} ${slots.length === 1 ? 'listener' : 'listeners'}, ${steer}`,
      },
      { text: drops === 0 ? '' : `, ${drops} dropped`, style: 'yellow' },
    ];
  });
}

function counterLine({ counters }: Status): Part[] {
  const { rescues, stolen, migrated, handedOver, rebalanced, reloads, restarts, recycles } = counters;
  const text = `  rescues ${rescues} (stolen ${stolen}, migrated ${migrated})  handed over ${handedOver}  rebalanced ${rebalanced}`;
  return [{ text: `${text}  reloads ${reloads}  recycles ${recycles}  restarts ${restarts}`, style: 'dim' }];
}

function noticeLines({ warnings, listeners }: Status): Part[][] {
  const strangers = listeners
    .flatMap((listener) => listener.strangers)
    .map(
      ({ pid, command, uid, address }) =>
        `not ours on ${address}: ${pid === null ? `uid ${uid}` : `pid ${pid} (${command})`}`,
    );
  return [...warnings, ...strangers].map((text) => [{ text: `  ! ${text}`, style: 'yellow' }]);
}

interface Column {
  title: string;
  /** Numbers are flushed to the right. */
  isNumber?: boolean;
  cell: (row: WorkerSample, screen: Screen) => string;
}

const LOOP_COLUMNS = 10;
/** On a narrower screen the reasons stand below the table. */
const WHY_FROM_COLUMNS = 120;
/** What a narrow screen goes without, the first of them first; whatever the rows hold, so that no column comes and goes. */
const DISPENSABLE = ['RSS', 'UP', 'GEN', 'RESTARTS', 'PID', 'REQ/S', 'TURN', 'OPEN'];

const COLUMNS: readonly Column[] = [
  { title: 'SLOT', isNumber: true, cell: ({ slot }) => slot?.toString() ?? '-' },
  { title: 'PID', isNumber: true, cell: ({ pid }) => pid?.toString() ?? '-' },
  { title: 'GEN', isNumber: true, cell: ({ generation }) => generation?.toString() ?? '-' },
  { title: 'STATE', cell: ({ state }) => state },
  { title: 'LOOP', cell: ({ loopUtilization }, screen) => loopCell(loopUtilization, screen) },
  { title: 'OPEN', isNumber: true, cell: ({ openConnections }) => shortNumber(openConnections) },
  { title: 'CONN/S', isNumber: true, cell: ({ acceptedRate }) => shortNumber(acceptedRate) },
  { title: 'REQ/S', isNumber: true, cell: ({ requestRate }) => shortNumber(requestRate) },
  { title: 'QUEUE', isNumber: true, cell: ({ queued }) => shortNumber(queued) },
  { title: 'TURN', isNumber: true, cell: ({ busyMs }) => (busyMs === null || busyMs === 0 ? '-' : `${busyMs}ms`) },
  {
    title: 'RSS',
    isNumber: true,
    cell: ({ rssBytes }) => (rssBytes === null ? '-' : `${Math.round(rssBytes / 1_048_576)}M`),
  },
  { title: 'UP', isNumber: true, cell: ({ uptimeMs }) => shortDuration(uptimeMs) },
  { title: 'RESTARTS', isNumber: true, cell: ({ restarts }) => String(restarts) },
  { title: 'WHY', cell: ({ why }) => why ?? '' },
];

function loopCell(share: number | null, { isUnicode }: Screen): string {
  return share === null ? '-' : `${bar(share, LOOP_COLUMNS, isUnicode)} ${`${Math.round(share * 100)}%`.padStart(4)}`;
}

const STATE_STYLES: Partial<Record<WorkerSample['state'], Style>> = {
  ready: 'green',
  stuck: 'red',
  backoff: 'red',
  exited: 'red',
  starting: 'yellow',
  draining: 'yellow',
  spare: 'dim',
};

function workerLines(workers: readonly WorkerSample[], { steer }: Status, screen: Screen): Part[][] {
  const weight: Column = { title: 'WEIGHT', isNumber: true, cell: (row) => row.weight?.toString() ?? '-' };
  const isWeighted = steer.used.startsWith('weighted');
  const columns = COLUMNS.flatMap((column) => (column.title === 'LOOP' && isWeighted ? [weight, column] : [column]));
  const all = columns.map(({ title, isNumber, cell }) => {
    const cells = [title, ...workers.map((row) => cell(row, screen))];
    return { title, isNumber, cells, width: Math.max(...cells.map(({ length }) => length)) };
  });
  const shown = fitting(
    all.filter(({ title }) => title !== 'WHY' || screen.columns >= WHY_FROM_COLUMNS),
    screen.columns,
  );
  const line = (index: number, styleOf: (title: string) => Style | undefined): Part[] =>
    shown.map(({ title, isNumber, cells, width }) => {
      const text = cells[index] ?? '';
      return { text: `${isNumber ? text.padStart(width) : text.padEnd(width)}  `, style: styleOf(title) };
    });
  const rows = workers.map((row, index) =>
    line(index + 1, (title) => (title === 'STATE' ? STATE_STYLES[row.state] : undefined)),
  );
  return [line(0, () => 'inverse'), ...rows];
}

/** Those that there is room for: half a number is worse than none. */
function fitting<T extends { title: string; width: number }>(columns: readonly T[], room: number): readonly T[] {
  const needed = columns.reduce((sum, { title, width }) => sum + (title === 'WHY' ? 0 : width + 2), -2);
  const dispensable = DISPENSABLE.find((title) => columns.some((column) => column.title === title));
  if (needed <= room || dispensable === undefined) return columns;
  return fitting(
    columns.filter(({ title }) => title !== dispensable),
    room,
  );
}

function reasonLines(workers: readonly WorkerSample[], { columns }: Screen): Part[][] {
  if (columns >= WHY_FROM_COLUMNS) return [];
  const explained = workers.filter(({ why }) => why !== null);
  return explained.map(({ slot, why }) => [
    { text: `${slot === null ? 'no slot' : `slot ${slot}`}: ${why}`, style: 'dim' },
  ]);
}

function keysLine(mode: Mode): Part[] {
  if (mode.kind === 'choosing') {
    const [chosen = '', ...others] = [...CHOICES.slice(mode.policy), ...CHOICES.slice(0, mode.policy)];
    return [
      { text: 'steer by ', style: 'bold' },
      { text: ` ${chosen} `, style: 'inverse' },
      { text: '  arrows choose, Enter sets, Esc leaves: ', style: 'dim' },
      { text: others.join('  ') },
    ];
  }
  const pause = mode.kind === 'paused' ? 'PAUSED: p goes on' : 'p pause';
  return [{ text: `r reload  + - scale  s steer  ${pause}  q quit`, style: mode.kind === 'paused' ? 'yellow' : 'dim' }];
}

/** Control characters, which a name or a reason might hold, would move the cursor. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

function paint(parts: readonly Part[], { columns, isColored }: Screen): string {
  const painted = parts.map(({ text, style }) => {
    const shown = printable(text);
    return isColored && style !== undefined && shown !== ''
      ? styleText(style, shown, { validateStream: false })
      : shown;
  });
  return sliceAnsi(painted.join(''), 0, columns);
}
