import { formatDuration } from '../config/duration.js';
import type { Logger } from '../observe/log.js';
import { formatAddress } from './address.js';
import { type CustodyEntry, SHARED_SLOT } from './custody.js';
import type { Asker, Refusal } from './grants.js';
import { holdersOfSocket, nameHolders } from './strangers.js';

/** What the master logs of its workers' listening: what all of them have in common is said once. */
export class MasterLog {
  readonly #log: Logger;
  readonly #warned = new Set<string>();
  /** The newest: why no worker got ready, perhaps. */
  lastRefusal: Refusal | null = null;

  constructor(log: Logger) {
    this.#log = log;
  }

  warning(slot: number, code: string, message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#log.warn({ slot, code, event: 'worker-warning' }, message);
  }

  refused({ slot }: Asker, refusal: Refusal): void {
    this.lastRefusal = refusal;
    const { errno, code, message } = refusal;
    const level = this.#warned.has(message) ? 'debug' : 'error';
    this.#warned.add(message);
    this.#log[level]({ event: 'listen-refused', slot, code, errno }, message);
  }

  ended(slot: number, connections: number, gracefulTimeoutMs: number): void {
    const what = connections === 1 ? '1 connection that was' : `${connections} connections that were`;
    const limit = `gracefulTimeout ${formatDuration(gracefulTimeoutMs)}`;
    const message = `worker ${slot} ended ${what} still open at the end of its grace period (${limit})`;
    this.#log.warn({ event: 'connections-ended', slot, connections }, message);
  }

  /** Names those who have a duplicate of a listener that has been shut down. */
  retired({ slot, info }: CustodyEntry): void {
    if (info.family === 'unix') return;
    const holders = holdersOfSocket(info.inode).filter(({ pid }) => pid !== process.pid);
    if (holders.length === 0) return;
    const where = formatAddress({ ...info, family: info.family });
    const message =
      `${nameHolders(holders)} still has a duplicate of the listener that slot ${slot} had on ${where}. It is shut down, so ` +
      'that no connection waits where nobody accepts it.';
    const pids = holders.map(({ pid }) => pid);
    this.#log.warn({ event: 'listener-leaked', code: 'WARN_LISTENER_LEAKED', slot, inode: info.inode, pids }, message);
  }

  bound({ slot, key, info }: CustodyEntry): void {
    const where = info.family === 'unix' ? info.address : formatAddress({ ...info, family: info.family });
    const message = slot === SHARED_SLOT ? `${where} is shared by all workers` : `slot ${slot} listens on ${where}`;
    this.#log.debug({ event: 'listening', slot, key, address: info.address, port: info.port }, message);
  }
}
