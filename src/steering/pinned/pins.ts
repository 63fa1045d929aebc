/** The two maps that a master pins beside programs, and who has pinned them. */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Addon } from '../../native/addon.js';
import { HEADER, PAGE_MAGIC } from '../../state/layout.js';
import { openPinnedMap } from './pinned-object.js';

/** The page that programs read. */
export function stateIn(folder: string): string {
  return join(folder, 'state');
}

/** The sockarray that programs select from. */
export function socketsIn(folder: string): string {
  return join(folder, 'sockets');
}

/** What the master of this page has pinned, as bits of PIN; 0 for what is no page yet. */
export function readPins(page: ArrayBuffer): number {
  const longs = new BigUint64Array(page);
  return longs[HEADER.magic / 8] === PAGE_MAGIC ? Number(longs[HEADER.pins / 8]) : 0;
}

/** Notes in the page what was pinned, for who comes after this master should it be killed. */
export function writePins(page: ArrayBuffer, pins: number): void {
  new BigUint64Array(page)[HEADER.pins / 8] = BigInt(pins);
}

/** Removes the pin of a map, if it is that map still. What cannot be removed, the next master takes over. */
export function unpinMap(addon: Addon, path: string, id: number): void {
  try {
    const pinned = openPinnedMap(addon, path);
    if (pinned === null) return;
    addon.close(pinned.fd);
    if (pinned.info.id === id) unlinkSync(path);
  } catch {
    // Something else by now, or out of reach.
  }
}
