import type { StatePage } from '../state/page.js';
import type { LoopReading } from './thieves.js';

/** What the page says of the loops of these slots. */
export function readLoops(page: StatePage, slots: readonly number[]): LoopReading[] {
  // As for a new connection: a slot of weight 0 gets nothing while another serves, though that be stuck.
  const weighted = slots.some((slot) => page.isServing(slot) && page.weight(slot) > 0);
  return slots.map((slot) => ({
    slot,
    usable: page.isUsable(slot) && (page.weight(slot) > 0 || !weighted),
    busySinceNs: page.read(slot, 'busySinceNs'),
    pending: page.pending(slot),
    openConnections: page.read(slot, 'openConnections'),
  }));
}
