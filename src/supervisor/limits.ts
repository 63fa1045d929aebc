/** What a worker may use up before it is replaced. Pure. */
import { formatDuration } from '../config/duration.js';
import { formatSize } from '../config/size.js';

/** 0: no limit. */
export interface Limits {
  /** HTTP requests that a worker serves. */
  maxRequests: number;
  /** Each worker may serve up to so many more, so that those that serve alike are not replaced together. */
  maxRequestsJitter: number;
  maxRssBytes: number;
  maxLifetimeMs: number;
  /** Where the spread over the workers begins, 0 to 1: drawn by chance, so that the masters of a fleet differ. */
  phase: number;
}

export const NO_LIMITS: Limits = {
  maxRequests: 0,
  maxRequestsJitter: 0,
  maxRssBytes: 0,
  maxLifetimeMs: 0,
  phase: 0,
};

/** The part of a lifetime by which the workers' ends differ. */
const LIFETIME_SPREAD = 0.1;
const GOLDEN_RATIO = 0.618_033_988_749_895;

/** 0 to 1. Workers that were started one after the other lie far apart, which chance does not promise. */
function spread(limits: Limits, worker: number): number {
  return (limits.phase + worker * GOLDEN_RATIO) % 1;
}

/** How many requests this worker may serve; with a limit only. */
export function requestLimit(limits: Limits, worker: number): number {
  return limits.maxRequests + Math.floor(spread(limits, worker) * (limits.maxRequestsJitter + 1));
}

/** How long this worker may serve, at most a tenth less than the limit; null without one. */
export function lifetimeMs(limits: Limits, worker: number): number | null {
  if (limits.maxLifetimeMs === 0) return null;
  return Math.ceil(limits.maxLifetimeMs * (1 - LIFETIME_SPREAD * spread(limits, worker)));
}

export interface Usage {
  requests: number;
  /** null: not known. */
  rssBytes: number | null;
}

/** The limit that a worker has reached, in words; null: none. */
export function limitReached(limits: Limits, worker: number, usage: Usage): string | null {
  if (limits.maxRequests > 0 && usage.requests >= requestLimit(limits, worker)) {
    return `${usage.requests} requests (maxRequests ${limits.maxRequests})`;
  }
  const { rssBytes } = usage;
  if (limits.maxRssBytes === 0 || rssBytes === null || rssBytes < limits.maxRssBytes) return null;
  return `${Math.ceil(rssBytes / 2 ** 20)} MB resident (maxRss ${formatSize(limits.maxRssBytes)})`;
}

export function lifetimeReached(limits: Limits): string {
  return `its time is over (maxLifetime ${formatDuration(limits.maxLifetimeMs)})`;
}
