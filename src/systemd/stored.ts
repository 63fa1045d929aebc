/** Listeners in systemd's descriptor store: their names say what they are, so that the next start puts them in custody. */
import type { KeptListener } from '../supervisor/handed.js';

const PREFIX = 'reuseport-';
/** sd_pid_notify_with_fds(3): longer names are refused. */
const LONGEST_NAME = 255;

/** ASCII without colons, as systemd wants it; null for a listener whose path is too long for a name. */
export function storedName({ slot, key, ipv6Only, takesAccepted }: Omit<KeptListener, 'fd'>): string | null {
  const name = PREFIX + Buffer.from(JSON.stringify([slot, key, ipv6Only, takesAccepted])).toString('base64url');
  return name.length <= LONGEST_NAME ? name : null;
}

/** What a descriptor with that name is; null for one that this program has not stored. */
export function readStoredName(name: string): Omit<KeptListener, 'fd'> | null {
  if (!name.startsWith(PREFIX)) return null;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(name.slice(PREFIX.length), 'base64url').toString());
  } catch {
    return null;
  }
  if (!Array.isArray(value)) return null;
  const [slot, key, ipv6Only, takesAccepted] = value as unknown[];
  if (typeof slot !== 'number' || typeof key !== 'string') return null;
  return { slot, key, ipv6Only: ipv6Only === true, takesAccepted: takesAccepted === true };
}
