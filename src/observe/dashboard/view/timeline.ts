/** What has become of the service, as entries of a list, from one sample to the next. Pure. */
import { shortDuration } from '../../../top/cells.js';
import { dropsOf, LONGEST_GAP_MS, type Sample, type SlotSample } from './sample.js';
import type { ReloadSnapshot, SlotSnapshot, Snapshot } from './snapshot.js';

export type EntryKind = 'reload' | 'worker' | 'trouble' | 'change';

export interface Entry {
  atMs: number;
  kind: EntryKind;
  text: string;
}

/** A reload as a bar; `endMs` null: it goes on. */
export interface ReloadBar {
  generation: number;
  startMs: number;
  endMs: number | null;
  /** `unknown`: of a master that is gone. */
  outcome: 'running' | 'complete' | 'aborted' | 'unknown';
  /** Slots whose worker is of this generation by now. */
  replaced: readonly number[];
}

export interface Timeline {
  /** From old to new. */
  entries: readonly Entry[];
  reloads: readonly ReloadBar[];
}

export const EMPTY_TIMELINE: Timeline = { entries: [], reloads: [] };

const MOST_ENTRIES = 200;
const MOST_RELOADS = 50;

export function follow(timeline: Timeline, sample: Sample, former: Sample | null): Timeline {
  const { snapshot: now } = sample;
  const entries = former === null ? earlierReload(now) : happened(sample, former);
  return {
    entries: [...timeline.entries, ...entries].slice(-MOST_ENTRIES),
    reloads: reloadBars(timeline.reloads, now).slice(-MOST_RELOADS),
  };
}

/** The newest reload is told, also when nobody was watching. */
function earlierReload({ lastReload }: Snapshot): Entry[] {
  return lastReload === null ? [] : [reloadEnd(lastReload)];
}

function reloadEnd({ endedAtMs, generation, complete, tookMs }: ReloadSnapshot): Entry {
  const outcome = complete ? 'complete' : 'aborted: what was not replaced serves on';
  return {
    atMs: endedAtMs,
    kind: complete ? 'reload' : 'trouble',
    text: `reload to generation ${generation} ${outcome}, after ${seconds(tookMs)}`,
  };
}

function happened(sample: Sample, former: Sample): Entry[] {
  const [now, before] = [sample.snapshot, former.snapshot];
  if (now.pid !== before.pid) {
    const text = `another master is in charge: pid ${now.pid}, reuseport ${now.version}`;
    return [{ atMs: now.atMs, kind: 'change', text }, ...newReload(now, before)];
  }
  const at = (kind: EntryKind, text: string): Entry => ({ atMs: now.atMs, kind, text });
  const entries: Entry[] = [];
  if (now.atMs - before.atMs > LONGEST_GAP_MS)
    entries.push(at('change', `not watched for ${shortDuration(now.atMs - before.atMs)}`));
  if (now.phase !== before.phase) entries.push(at('change', `the service is ${now.phase}`));
  if (now.steer.used !== before.steer.used) entries.push(at('change', `steering is ${now.steer.used} now`));
  if (now.wanted !== before.wanted) entries.push(at('change', `${now.wanted} slots, after ${before.wanted}`));
  if (now.reloadRunning && now.generation > before.generation)
    entries.push(at('reload', `reload to generation ${now.generation} begins`));
  entries.push(...newReload(now, before));
  const earlier = new Map(former.slots.map((slot) => [slot.slot, slot]));
  for (const slot of sample.slots) {
    const was = earlier.get(slot.slot);
    if (was !== undefined) entries.push(...slotEntries(slot, was).map(([kind, text]) => at(kind, text)));
  }
  const drops = dropsOf(now) - dropsOf(before);
  if (drops > 0) entries.push(at('trouble', `${drops} connections dropped: an accept queue was full`));
  return entries;
}

function newReload(now: Snapshot, before: Snapshot): Entry[] {
  const { lastReload } = now;
  const isNew = lastReload !== null && lastReload.endedAtMs !== before.lastReload?.endedAtMs;
  return isNew ? [reloadEnd(lastReload)] : [];
}

/** Ends that somebody has asked for are no news. */
const UNASKED: Readonly<Record<string, string>> = {
  crash: 'ended unasked',
  hung: 'was killed, because its loop stood still',
  'not-ready': 'never got ready',
};

function slotEntries(now: SlotSample, was: SlotSample): [EntryKind, string][] {
  const name = `slot ${now.slot}`;
  const entries: [EntryKind, string][] = [];
  for (const [reason, what] of Object.entries(UNASKED)) {
    const count = (now.exits[reason] ?? 0) - (was.exits[reason] ?? 0);
    if (count > 0) entries.push(['trouble', `${name}: a worker ${what}${count === 1 ? '' : ` (${count} times)`}`]);
  }
  if (now.look === 'stuck' && was.look !== 'stuck')
    entries.push(['trouble', `${name} is stuck (pid ${now.pid ?? '-'})`]);
  if (was.look === 'stuck' && now.look !== 'stuck') entries.push(['worker', `${name} is not stuck any more`]);
  if (serves(now) && (now.pid !== was.pid || !serves(was)))
    entries.push(['worker', `${name}: pid ${now.pid ?? '-'} serves, generation ${now.generation ?? '-'}`]);
  return entries;
}

function reloadBars(bars: readonly ReloadBar[], now: Snapshot): ReloadBar[] {
  const { lastReload, reloadRunning, generation, atMs } = now;
  const ended = bars.map((bar): ReloadBar => {
    if (bar.endMs !== null) return bar;
    if (lastReload?.generation === bar.generation)
      return { ...bar, ...barOf(lastReload), replaced: replacedBy(bar.generation, now) };
    if (!reloadRunning || generation !== bar.generation) return { ...bar, endMs: atMs, outcome: 'unknown' };
    return { ...bar, replaced: replacedBy(generation, now) };
  });
  const isKnown = (wanted: number) => ended.some((bar) => bar.generation === wanted);
  if (lastReload !== null && !isKnown(lastReload.generation)) {
    ended.push({
      generation: lastReload.generation,
      ...barOf(lastReload),
      replaced: replacedBy(lastReload.generation, now),
    });
  }
  if (reloadRunning && !isKnown(generation))
    ended.push({ generation, startMs: atMs, endMs: null, outcome: 'running', replaced: replacedBy(generation, now) });
  return ended;
}

function barOf({ endedAtMs, tookMs, complete }: ReloadSnapshot): Pick<ReloadBar, 'startMs' | 'endMs' | 'outcome'> {
  return { startMs: endedAtMs - tookMs, endMs: endedAtMs, outcome: complete ? 'complete' : 'aborted' };
}

function replacedBy(generation: number, { slots }: Snapshot): number[] {
  return slots.filter((slot) => slot.generation === generation && serves(slot)).map(({ slot }) => slot);
}

/** One that is stuck has a worker all the same. */
function serves({ state }: SlotSnapshot): boolean {
  return state === 'ready' || state === 'stuck';
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
