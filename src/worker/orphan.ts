/** A worker whose master is gone: it serves on, and registers with the next. */
import { PROTOCOL_VERSION, type ToMaster } from '../channel/messages.js';
import type { ListenerSource } from './acquire.js';
import type { MasterChannel } from './link.js';
import type { TrackedServer } from './servers.js';

/** How long the worker serves without a master. */
export class OrphanTime {
  readonly #onOver: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  begin(graceMs: number): void {
    clearTimeout(this.#timer);
    if (graceMs === 0) return this.#onOver();
    // What keeps the worker alive is what it serves.
    this.#timer = setTimeout(this.#onOver, graceMs).unref();
  }

  /** There is a master again. */
  end(): void {
    clearTimeout(this.#timer);
  }
}

type Register = Extract<ToMaster, { type: 'register' }>;

/** Says who this worker is and what it holds; returns the keys of that. */
export function register(
  channel: MasterChannel,
  who: Pick<Register, 'tid' | 'threads' | 'slot' | 'generation' | 'state'>,
  servers: readonly TrackedServer[],
  source: ListenerSource,
): string[] {
  const holdings = servers.flatMap((tracked) => {
    const held = tracked.key === null ? undefined : source.held(tracked.key);
    return held === undefined ? [] : [{ held, fd: tracked.fd() }];
  });
  channel.send({ type: 'register', version: PROTOCOL_VERSION, ...who, listeners: holdings.length });
  for (const { held, fd } of holdings) channel.send({ type: 'holds', ...held }, [fd]);
  return holdings.map(({ held }) => held.key);
}
