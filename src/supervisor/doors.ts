/** Where workers wait for another master (src/worker/door.ts): abstract sockets, which the kernel lists. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** SO_ACCEPTCON in the flags of /proc/net/unix; accepted sockets have the same name and not this bit. */
const LISTENS = 0x1_0000;

/** A service is known by the path of its control socket. */
export function serviceId(controlPath: string): string {
  return createHash('sha256').update(controlPath).digest('hex').slice(0, 32);
}

/** The beginning of the names, one for each service. */
export function doorPrefix(controlPath: string): string {
  return `\0reuseport-worker/${serviceId(controlPath)}/`;
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
