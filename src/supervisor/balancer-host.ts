import type { RescueWay } from '../config/resolved-config.js';
import type { CustodyEntry } from './custody.js';
import type { RescueTarget } from './rescue.js';

export interface BalancerOptions {
  policy: string;
  /** Longest turn of a loop before its queue is rescued; 0: never. */
  rescueAfterMs: number;
  /** How many loops can be in their turns at once. */
  processors: number;
  rescueBy: RescueWay;
  backlogConnections: number;
  /** Others may be in the group too (`--join`): its indices are not ours alone. */
  shared: boolean;
  /** Workers at the start, or as many as a range allows. */
  expectedSlots: number;
  /** Another master of the service steers until this one takes over. */
  succeeds: boolean;
}

export interface BalancerHost {
  /** Calls `action` after `afterMs`; the returned function takes it back. */
  timer(afterMs: number, action: () => void): () => void;
  /** Has the slot a worker that can be asked to serve more: one that is ready, or has not been told yet to drain. */
  isThere(slot: number): boolean;
  /** Sends the request to that worker of a slot; false when there is none. */
  steal(slot: number, id: number, target: RescueTarget, max: number): boolean;
  /** Makes its loop turn once. */
  nudge(slot: number): void;
  /** The listeners in custody. */
  entries(): CustodyEntry[];
  /** Looks for strangers; {@link Balancer.setStrangers} is told. */
  look(): void;
  /** Changes the order of a group, of which its members alone tell nothing. */
  reorder(key: string, change: () => void): void;
}
