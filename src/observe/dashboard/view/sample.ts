/** What has happened between two snapshots. Pure. */
import { type Look, lookOf } from './looks.js';
import type { SlotSnapshot, Snapshot } from './snapshot.js';

export interface SlotSample extends SlotSnapshot {
  look: Look;
  /** Per second; null: not known yet. */
  acceptedRate: number | null;
  requestRate: number | null;
}

export interface Sample {
  snapshot: Snapshot;
  slots: readonly SlotSample[];
  /** Per second, of all slots. */
  acceptedRate: number;
  requestRate: number;
  dropRate: number;
  open: number;
  queued: number;
}

/** After a longer gap, of a page that was asleep for instance, there is nothing to tell of the time in between. */
export const LONGEST_GAP_MS = 5_000;

/** A worker is the same while its pid is; nothing is known between two masters, nor over a gap. */
export function sampleOf(now: Snapshot, before: Snapshot | null): Sample {
  const isSequel = before !== null && before.pid === now.pid && now.atMs - before.atMs <= LONGEST_GAP_MS;
  const seconds = isSequel ? (now.atMs - before.atMs) / 1_000 : 0;
  const rate = (value: number, earlier: number | undefined) =>
    seconds <= 0 || earlier === undefined ? null : Math.max(0, value - earlier) / seconds;
  const earlier = new Map(before?.slots.map((slot) => [slot.pid, slot]));
  const slots = now.slots.map((slot) => {
    const last = slot.pid === null ? undefined : earlier.get(slot.pid);
    return {
      ...slot,
      look: lookOf(slot, last),
      acceptedRate: rate(slot.accepted, last?.accepted),
      requestRate: rate(slot.requests, last?.requests),
    };
  });
  return {
    snapshot: now,
    slots,
    acceptedRate: sum(slots.map((slot) => slot.acceptedRate)),
    requestRate: sum(slots.map((slot) => slot.requestRate)),
    dropRate: rate(dropsOf(now), before === null ? undefined : dropsOf(before)) ?? 0,
    open: sum(slots.map((slot) => slot.open)),
    queued: sum(slots.map((slot) => slot.queued)) + now.sharedQueued,
  };
}

export function dropsOf({ slots, sharedDrops }: Snapshot): number {
  return sum(slots.map((slot) => slot.drops)) + sharedDrops;
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
