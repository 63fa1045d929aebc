/** What the master and its successor say to each other during an upgrade. They may be of different versions of reuseport. */
import { MessageError } from '../channel/decode.js';
import type { ErrorCode } from '../errors.js';
import type { Handed, KeptListener } from './handed.js';

/** Raised when the meaning of a message changes; then a service must be stopped and started. */
export const UPGRADE_VERSION = 1;

/** The successor's end of the channel. */
export const UPGRADE_VARIABLE = 'REUSEPORT_UPGRADE';

export type ToSuccessor =
  /** + fd */
  | ({ type: 'listener' } & Omit<KeptListener, 'fd'>)
  /**
   * After the last listener: the workers have no master now. + fd of the control socket's listener, + fd of that of
   * `metrics`, + fd of that of `dashboard`: the address as it is configured; null, or absent: there is none
   */
  | ({ type: 'go'; metrics?: string | null; dashboard?: DashboardTold | null } & Omit<Handed, 'listeners'>);

interface DashboardTold {
  address: string;
  /** The one that was generated for it. */
  token: string | null;
}

export type FromSuccessor =
  /** Its configuration is sound, and it can steer: it waits for `go`. */
  | {
      type: 'prepared';
      version: number;
      controlPath: string;
      /** Event loops of each of its workers; not told by older versions: one. */
      threads?: number;
    }
  | { type: 'failed'; code: string; message: string }
  /** The workers are under it, and it answers the control socket. */
  | { type: 'in-charge' }
  /** The workers have been replaced, or why not. */
  | { type: 'replaced'; result: { ok: true } | { ok: false; code: ErrorCode; message: string } };

export function decodeUpgrade<M extends { type: string }>(types: readonly M['type'][]): (data: Buffer) => M {
  return (data) => {
    let value: unknown;
    try {
      value = JSON.parse(data.toString());
    } catch (cause) {
      throw new MessageError('not JSON', { cause });
    }
    const type: unknown = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
    if (!types.includes(type as M['type'])) throw new MessageError(`unknown type: ${String(type)}`);
    return value as M;
  };
}
