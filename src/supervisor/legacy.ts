/** What a master leaves in writing to the next one of its service, beside workers and descriptors. */
import { parsePolicy } from '../steering/policy-text.js';
import type { GroupMember } from '../steering/remembered-order.js';
import { MAX_SLOTS } from './state.js';

/** Options that can be changed live, as they were written. */
export interface LiveOptions {
  /** A number, `auto`, or a range. */
  workers: string;
  steer: string;
}

/** What operators have changed; null: nothing. */
export interface LiveValues {
  workers: number | null;
  steer: string | null;
}

/** A `scale` within a range of workers, which the load does not undo for a while. */
export interface Hold {
  from: number;
  to: number;
  /** Milliseconds of CLOCK_MONOTONIC: the clock of a master begins with its process. */
  atMs: number;
}

export interface Legacy {
  /** What the master was started with. */
  configured: LiveOptions;
  changed: LiveValues;
  /** null: the newest change of the number of workers was not asked for, or there is no range. */
  hold: Hold | null;
  /** Of each address whose order is known, the members of the kernel's group by their index. */
  orders: readonly [key: string, members: readonly GroupMember[]][];
}

/** null for what no master has written: half a file, or that of another version. */
export function decodeLegacy(value: unknown): Legacy | null {
  if (!isObject(value) || !isObject(value['configured']) || !isObject(value['changed'])) return null;
  // Masters of former versions tell of no hold.
  const { configured, changed, hold = null, orders } = value;
  const { workers, steer } = configured;
  if (typeof workers !== 'string' || typeof steer !== 'string') return null;
  if (!isWorkers(changed['workers']) || !isPolicy(changed['steer']) || !isHold(hold)) return null;
  if (!Array.isArray(orders) || !orders.every(isOrder)) return null;
  const kept = { workers: changed['workers'], steer: changed['steer'] };
  return { configured: { workers, steer }, changed: kept, hold, orders };
}

function isWorkers(value: unknown): value is number | null {
  return value === null || (isWhole(value) && value >= 1 && value <= MAX_SLOTS);
}

function isHold(value: unknown): value is Hold | null {
  if (value === null) return true;
  if (!isObject(value) || typeof value['atMs'] !== 'number') return false;
  return [value['from'], value['to']].every((count) => count !== null && isWorkers(count));
}

function isPolicy(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && !('problem' in parsePolicy(value)));
}

function isOrder(value: unknown): value is Legacy['orders'][number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [key, members] = value as unknown[];
  return typeof key === 'string' && Array.isArray(members) && members.every(isMember);
}

function isMember(value: unknown): value is GroupMember {
  if (!isObject(value)) return false;
  const { slot, inode } = value;
  return isWhole(slot) && slot >= 0 && slot < MAX_SLOTS && isWhole(inode);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
