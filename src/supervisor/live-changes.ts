/**
 * What operators have changed while the service runs (`scale`, `steer`). It outlives its master, unless the next one was
 * started with another option for the same thing: then that is the newer word.
 */
import type { Logger } from '../observe/log.js';
import type { Hold, Legacy, LiveOptions, LiveValues } from './legacy.js';
import type { SizeChange } from './state.js';

/** One that is in force. */
export interface LiveChange {
  option: keyof LiveOptions;
  configured: string;
  now: string;
}

export interface LiveChangesHost {
  /** How many workers the option means here, and how many there are to be now. In a range no number is a change. */
  workers: {
    configured: number;
    range: { min: number; max: number } | null;
    wanted(): number;
    lastChange(): SizeChange | null;
  };
  /** By CLOCK_MONOTONIC: when the clock of this master, whose times its changes have, was 0. */
  clockBeganAtMs: number;
  /** The policy that was asked for last. */
  steer(): string;
  /** @throws ReuseportError when it is denied to this master. */
  setSteer(policy: string): void;
}

export class LiveChanges {
  readonly #log: Logger;
  readonly #configured: LiveOptions;
  readonly #host: LiveChangesHost;
  #workersAtStart: number;
  #hold: Hold | null = null;

  constructor(log: Logger, configured: LiveOptions, host: LiveChangesHost) {
    this.#log = log;
    this.#configured = configured;
    this.#host = host;
    this.#workersAtStart = host.workers.configured;
  }

  /** Before anything is taken over from the master that has left it. */
  inherit(legacy: Legacy): void {
    const { configured, changed } = legacy;
    const workers = this.#host.workers.range === null ? changed.workers : null;
    const { kept, dropped } = inheritChanges({ configured, changed: { ...changed, workers } }, this.#configured);
    const denied = this.#steer(kept.steer);
    if (kept.workers !== null) this.#workersAtStart = kept.workers;
    this.#hold = configured.workers === this.#configured.workers ? legacy.hold : null;
    const said = [
      phrase('kept', list(denied === null ? kept : { ...kept, steer: null }), ''),
      phrase('given up', list(dropped), ', because the option is another now'),
      denied,
    ].filter((text) => text !== null);
    if (said.length === 0) return;
    const level = denied === null ? 'info' : 'warn';
    this.#log[level]({ event: 'live-changes', kept, dropped }, `what was changed live is ${said.join('; ')}`);
  }

  /** How many workers this master starts with. In a range as many as there are: `serving` are the places of those that were taken over. */
  workersAtStart(serving: readonly number[]): number {
    const { range } = this.#host.workers;
    return range === null
      ? this.#workersAtStart
      : Math.min(Math.max(range.min, ...serving.map((place) => place + 1)), range.max);
  }

  /** What was asked for under another master, and the load is not to undo. */
  get changeAtStart(): SizeChange | null {
    if (this.#hold === null) return null;
    const { atMs, ...change } = this.#hold;
    return { ...change, by: 'operator', why: null, atMs: atMs - this.#host.clockBeganAtMs };
  }

  /** For the next master, once this one has started. */
  get legacy(): Pick<Legacy, 'configured' | 'changed' | 'hold'> {
    const { workers } = this.#host;
    const wanted = workers.wanted();
    const steer = this.#host.steer();
    const changed = {
      workers: wanted === workers.configured || workers.range !== null ? null : wanted,
      steer: steer === this.#configured.steer ? null : steer,
    };
    return { configured: this.#configured, changed, hold: this.#holdNow };
  }

  get #holdNow(): Hold | null {
    const { workers } = this.#host;
    const change = workers.range === null ? null : workers.lastChange();
    if (change?.by !== 'operator') return null;
    const { from, to, atMs } = change;
    return { from, to, atMs: Math.round(atMs + this.#host.clockBeganAtMs) };
  }

  /** For people. */
  get inForce(): LiveChange[] {
    const { configured, changed } = this.legacy;
    return (['workers', 'steer'] as const).flatMap((option) => {
      const now = changed[option];
      return now === null ? [] : [{ option, configured: configured[option], now: String(now) }];
    });
  }

  /** Why it cannot be; null when it can. */
  #steer(policy: string | null): string | null {
    if (policy === null) return null;
    try {
      this.#host.setSteer(policy);
      return null;
    } catch (error) {
      return `given up: steer ${policy} (${(error as Error).message})`;
    }
  }
}

/** What holds under a master that was started with other options, and what does not. Pure. */
export function inheritChanges(
  { configured, changed }: Pick<Legacy, 'configured' | 'changed'>,
  now: LiveOptions,
): { kept: LiveValues; dropped: LiveValues } {
  const isSame = { workers: configured.workers === now.workers, steer: configured.steer === now.steer };
  const pick = (want: boolean): LiveValues => ({
    workers: isSame.workers === want ? changed.workers : null,
    steer: isSame.steer === want ? changed.steer : null,
  });
  return { kept: pick(true), dropped: pick(false) };
}

function list({ workers, steer }: LiveValues): string[] {
  return [...(workers === null ? [] : [`workers ${workers}`]), ...(steer === null ? [] : [`steer ${steer}`])];
}

function phrase(what: string, changes: readonly string[], why: string): string | null {
  return changes.length === 0 ? null : `${what}: ${changes.join(', ')}${why}`;
}
