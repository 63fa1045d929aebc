import type { StatePage } from '../state/page.js';
import type { LoopReading } from './thieves.js';

type Page = Pick<StatePage, 'isUsable' | 'isServing' | 'isLeaving' | 'weight' | 'read'>;

export interface LoopsHost {
  /** Can its worker still be asked for anything. */
  isThere(slot: number): boolean;
  /** Connections in the accept queues of its listeners; only asked of slots that may take over. */
  queued(slot: number): number;
}

/**
 * What is known of the loops of these slots. Where none may be chosen any more, because the service stops, those that are
 * still there can take what others cannot serve.
 */
export function readLoops(page: Page, slots: readonly number[], host: LoopsHost): LoopReading[] {
  const isAllowed = allowedByWeight(page, slots);
  const usable = slots.filter((slot) => page.isUsable(slot) && isAllowed(slot));
  const last = slots.filter((slot) => page.isLeaving(slot) && host.isThere(slot));
  const takers = new Set(usable.length > 0 ? usable : last);
  return slots.map((slot) => ({
    slot,
    usable: takers.has(slot),
    busySinceNs: page.read(slot, 'busySinceNs'),
    queued: takers.has(slot) ? host.queued(slot) : 0,
    openConnections: page.read(slot, 'openConnections'),
  }));
}

/** Which of them may be given connections by their weights: of weight 0 none while another serves, though that be stuck. */
export function allowedByWeight(
  page: Pick<StatePage, 'isServing' | 'weight'>,
  slots: readonly number[],
): (slot: number) => boolean {
  const weighted = slots.some((slot) => page.isServing(slot) && page.weight(slot) > 0);
  return (slot) => page.weight(slot) > 0 || !weighted;
}
