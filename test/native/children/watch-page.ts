import type { Addon } from '../../../src/native/addon.js';
import type { KernelAddon } from '../../../src/native/kernel-addon.js';
import { loadAddon } from '../../../src/native/load.js';
import { FLAG, offsetOf, PAGE_BYTES } from '../../../src/state/layout.js';

export const addon = loadAddon() as Addon & KernelAddon;

/** A page of its own whose slot 0 says: in one turn since the machine started. */
export function stuckPage(): { page: ArrayBuffer; wakeFd: number } {
  const page = addon.mapShared(addon.createMemfd('page', PAGE_BYTES), PAGE_BYTES);
  new Uint32Array(page)[offsetOf(0, 'flags') / 4] = FLAG.ready;
  new BigUint64Array(page)[offsetOf(0, 'busySinceNs') / 8] = 1n;
  return { page, wakeFd: addon.createWakeFd() };
}
