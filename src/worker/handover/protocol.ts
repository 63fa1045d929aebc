/**
 * What two workers say to each other on a line: a socket pair of their own, which the master makes and hands out. A batch of
 * connections is given, taken and released, so that at every moment exactly one side may read them:
 *
 * - *give*: the giver has stopped reading. It keeps its descriptors; the message carries duplicates.
 * - *taken*: the receiver has the duplicates of the first `count`, and does not read. The giver goes on with the others.
 * - *release*: the giver will not read them again while the receiver lives.
 * - *adopted*: the receiver's server has them, and reads from its next turn on. Now the giver closes its own. Had the
 *   receiver died before it said so, nothing of them would have been read, and the giver would go on with them.
 *
 * - *revoke*: instead of a release, when no answer has come for too long. The giver goes on with all of the batch, whatever is
 *   answered now; the receiver closes its duplicates.
 *
 * The line's end takes everything back in the same way: what was not released, whoever ends it, and what was not adopted,
 * when it is the receiver's end.
 */
import { decode, type Shape } from '../../channel/decode.js';

export interface GivenConnection {
  /** Was anything ever received on it. */
  used: boolean;
  /** What is left of its keep-alive time, in milliseconds; null: none runs. */
  restMs: number | null;
  /** Requests served on it; counted only where the server limits them, else 0. */
  requests: number;
}

export type ToReceiver =
  /** Connections of the listener `key`. + fds, one each, at most {@link MAX_BATCH} */
  | { type: 'give'; id: number; key: string; connections: readonly GivenConnection[] }
  | { type: 'release'; id: number }
  | { type: 'revoke'; id: number };

export type ToGiver = { type: 'taken'; id: number; count: number } | { type: 'adopted'; id: number };

/** Connections in one message: what SCM_RIGHTS of our channel carries (kMaxMessageFds). */
export const MAX_BATCH = 16;

const toReceiverShape: Shape<ToReceiver> = {
  give: { id: 'number', key: 'string', connections: 'object' },
  release: { id: 'number' },
  revoke: { id: 'number' },
};

const toGiverShape: Shape<ToGiver> = { taken: { id: 'number', count: 'number' }, adopted: { id: 'number' } };

export function decodeToReceiver(data: Buffer): ToReceiver {
  return decode(data, toReceiverShape) as ToReceiver;
}

export function decodeToGiver(data: Buffer): ToGiver {
  return decode(data, toGiverShape) as ToGiver;
}
