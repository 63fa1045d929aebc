import type { UwsResponse } from './types.js';

/** What sends the head of a response that has none yet. */
const BEGINNINGS = ['write', 'tryEnd', 'end', 'endWithoutBody', 'beginWrite'] as const;
/** Where `true` in this position has uWebSockets.js say `Connection: close` by itself. */
const CLOSES_AT: Partial<Record<(typeof BEGINNINGS)[number], number>> = { end: 1, endWithoutBody: 1, tryEnd: 2 };

type Method = (this: UwsResponse, ...args: unknown[]) => unknown;

/**
 * Has a response that nothing was done with yet say `Connection: close`; it is the client who closes. As late as can be,
 * because a header before the program's own status would make that 200.
 */
export function sayClose(response: UwsResponse): void {
  for (const name of BEGINNINGS) {
    const original = response[name] as Method | undefined;
    if (typeof original !== 'function') continue;
    response[name] = (...args: unknown[]) => {
      for (const each of BEGINNINGS) delete response[each];
      if (args[CLOSES_AT[name] ?? args.length] !== true) response.writeHeader('Connection', 'close');
      return original.apply(response, args);
    };
  }
}
