/** The figures of a slot in words, and as shares of what could be. Pure. */
import { shortDuration, shortNumber } from '../../../top/cells.js';
import type { SlotSample } from './sample.js';
import type { SlotSnapshot } from './snapshot.js';

const percent = (share: number | null) => (share === null ? '–' : `${Math.round(share * 100)} %`);
const perSecond = (rate: number | null) => (rate === null ? '–' : shortNumber(rate));
const milliseconds = (ms: number) => (ms === 0 ? '–' : ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`);
export const megabytes = (bytes: number | null) => (bytes === null ? '–' : `${Math.round(bytes / 1_048_576)} MB`);

/** Logarithmic: the first connections that wait are to be seen beside a limit of thousands. 0 to 1. */
export function queueShare({ queued, queueLimit }: Pick<SlotSnapshot, 'queued' | 'queueLimit'>): number {
  return queued === 0 ? 0 : Math.min(1, Math.log1p(queued) / Math.log1p(Math.max(queueLimit, queued)));
}

/** For who listens to the page. */
export function sentenceOf(slot: SlotSample): string {
  const { look, draining, busyShare, acceptedRate, queued, open } = slot;
  const former = draining === 0 ? '' : `, ${draining} former worker draining`;
  return `Slot ${slot.slot}: ${look}${former}, loop ${percent(busyShare)}, ${perSecond(acceptedRate)} accepts per second, ${queued} queued, ${open} open`;
}

export interface FigureColumn {
  title: string;
  isNumber: boolean;
  readonly text: (slot: SlotSample, nowMs: number) => string;
}

/** Of the table of all figures. */
export const FIGURES: readonly FigureColumn[] = [
  { title: 'Slot', isNumber: true, text: ({ slot }) => String(slot) },
  {
    title: 'State',
    isNumber: false,
    text: ({ look, draining }) => (draining > 0 && look !== 'draining' ? `${look}, ${draining} draining` : look),
  },
  { title: 'PID', isNumber: true, text: ({ pid }) => String(pid ?? '–') },
  { title: 'Gen', isNumber: true, text: ({ generation }) => String(generation ?? '–') },
  { title: 'Loop', isNumber: true, text: ({ busyShare }) => percent(busyShare) },
  { title: 'Accepts/s', isNumber: true, text: ({ acceptedRate }) => perSecond(acceptedRate) },
  { title: 'Requests/s', isNumber: true, text: ({ requestRate }) => perSecond(requestRate) },
  { title: 'Open', isNumber: true, text: ({ open }) => shortNumber(open) },
  { title: 'Queued', isNumber: true, text: ({ queued }) => shortNumber(queued) },
  { title: 'Dropped', isNumber: true, text: ({ drops }) => shortNumber(drops) },
  { title: 'Turn', isNumber: true, text: ({ turnMs }) => milliseconds(turnMs) },
  { title: 'Longest turn', isNumber: true, text: ({ longestTurnMs }) => milliseconds(longestTurnMs) },
  { title: 'Memory', isNumber: true, text: ({ rssBytes }) => megabytes(rssBytes) },
  {
    title: 'Up',
    isNumber: true,
    text: ({ startedAtMs }, nowMs) => (startedAtMs === null ? '–' : shortDuration(Math.max(0, nowMs - startedAtMs))),
  },
  { title: 'Restarts', isNumber: true, text: ({ restarts }) => String(restarts) },
  { title: 'Next start', isNumber: true, text: ({ backoffMs }) => (backoffMs === 0 ? '–' : milliseconds(backoffMs)) },
];
