import type { Logger } from '../observe/log.js';
import type { Choice } from '../steering/choose-policy.js';
import { formatAddress } from './address.js';
import type { Custody } from './custody.js';
import type { Effect } from './events.js';

/** Every address that is listened on, once. */
export function servedAddresses(custody: Custody): string[] {
  return [...new Set(custody.all().map(({ info }) => formatAddress(info)))];
}

/** The line that says what serves where, and how connections are steered. */
export function logServing(
  log: Logger,
  { message: workers, fields }: Extract<Effect, { type: 'log' }>,
  name: string,
  custody: Custody,
  { used, why }: Choice,
): void {
  const addresses = servedAddresses(custody);
  const where = addresses.length === 0 ? 'no address of ours' : addresses.join(', ');
  const message = `${name} serves on ${where}: ${workers}, steering ${used} (${why})`;
  log.info({ event: 'serving', ...fields, addresses, steer: used }, message);
}
