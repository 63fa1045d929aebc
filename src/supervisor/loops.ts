import type { StatePage } from '../state/page.js';
import type { LoopReading } from './thieves.js';

type Page = Pick<StatePage, 'isUsable' | 'isServing' | 'isLeaving' | 'weight' | 'read' | 'pending'>;

/**
 * What the page says of the loops of these slots. Where none may be chosen any more, because the service stops, those that
 * `isThere` still names can take what others cannot serve.
 */
export function readLoops(page: Page, slots: readonly number[], isThere: (slot: number) => boolean): LoopReading[] {
  const usable = usableOf(page, slots);
  const last = slots.filter((slot) => page.isLeaving(slot) && isThere(slot));
  const takers = new Set(usable.length > 0 ? usable : last);
  return slots.map((slot) => ({
    slot,
    usable: takers.has(slot),
    busySinceNs: page.read(slot, 'busySinceNs'),
    pending: page.pending(slot),
    openConnections: page.read(slot, 'openConnections'),
  }));
}

/** As for a new connection: a slot of weight 0 gets nothing while another serves, though that be stuck. */
function usableOf(page: Page, slots: readonly number[]): number[] {
  const weighted = slots.some((slot) => page.isServing(slot) && page.weight(slot) > 0);
  return slots.filter((slot) => page.isUsable(slot) && (page.weight(slot) > 0 || !weighted));
}
