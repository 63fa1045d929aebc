/** Where workers wait for another master (src/worker/door.ts): abstract sockets, which the kernel lists. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** SO_ACCEPTCON in the flags of /proc/net/unix; accepted sockets have the same name and not this bit. */
const LISTENS = 0x1_0000;

/** The beginning of the names, one for each service: a service is known by the path of its control socket. */
export function doorPrefix(controlPath: string): string {
  const service = createHash('sha256').update(controlPath).digest('hex').slice(0, 32);
  return `\0reuseport-worker/${service}/`;
}

/** Names, with their leading NUL, of the doors that are there: of this network namespace, where the listeners are too. */
export function openDoors(prefix: string): string[] {
  return doorsIn(readFileSync('/proc/net/unix', 'utf8'), prefix);
}

/**
 * @param text as /proc/net/unix has it: `Num RefCount Protocol Flags Type St Inode Path`, a NUL of the path as `@`
 */
export function doorsIn(text: string, prefix: string): string[] {
  const shown = prefix.replaceAll('\0', '@');
  return text.split('\n').flatMap((line) => {
    const [, , , flags = '0', , , , path = ''] = line.split(' ').filter(Boolean);
    const open = path.startsWith(shown) && (Number.parseInt(flags, 16) & LISTENS) !== 0;
    return open ? [prefix + path.slice(shown.length)] : [];
  });
}
