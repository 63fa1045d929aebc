/** Which connections of a busy loop are to go, and to whom. Pure. */

export interface CountedConnection<T> {
  connection: T;
  /** In the time that was counted; never 0. */
  requests: number;
  /** Can it be handed over at all. */
  canGo: boolean;
}

/** A part may be overdrawn by so much of it: equal connections are never counted as quite equal. */
const TOLERANCE = 0.1;

/**
 * For each of `parts` (of all requests counted, each below 1) connections that together carry about as much, the busiest
 * first, and never one that carries clearly more: it would only take the load to another place.
 */
export function pickConnections<T>(counted: readonly CountedConnection<T>[], parts: readonly number[]): T[][] {
  const total = counted.reduce((sum, { requests }) => sum + requests, 0);
  const baskets = parts.map((part) => ({ left: part * total, over: part * total * TOLERANCE, picked: [] as T[] }));
  for (const { connection, requests, canGo } of counted.toSorted((a, b) => b.requests - a.requests)) {
    const [basket] = baskets.toSorted((a, b) => b.left - a.left);
    if (!canGo || basket === undefined || requests > basket.left + basket.over) continue;
    basket.left -= requests;
    basket.picked.push(connection);
  }
  return baskets.map(({ picked }) => picked);
}
