// Drops 50 mappings and prints how many of them /proc/self/maps shows before and after a collection.
import { readFileSync } from 'node:fs';

import type { Addon } from '../../../src/native/addon.js';
import type { KernelAddon } from '../../../src/native/kernel-addon.js';
import { loadAddon } from '../../../src/native/load.js';

const addon = loadAddon() as Addon & KernelAddon;
const fd = addon.createMemfd('collected', 4096);
const count = () => readFileSync('/proc/self/maps', 'utf8').split('memfd:collected').length - 1;

let buffers: ArrayBuffer[] | undefined = Array.from({ length: 50 }, () => addon.mapShared(fd, 4096));
const before = buffers.length === 50 ? count() : -1;
buffers = undefined;
const end = Date.now() + 10_000;
while (count() > 0 && Date.now() < end) {
  global.gc?.();
  await new Promise(setImmediate);
}
console.log(JSON.stringify({ before, after: count() }));
