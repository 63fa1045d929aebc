// Prints word 7 of the memory behind descriptor 3, and answers in word 8.
import type { KernelAddon } from '../../../src/native/kernel-addon.js';
import { loadAddon } from '../../../src/native/load.js';

const addon = loadAddon() as unknown as KernelAddon;
const words = new Uint32Array(addon.mapShared(3, 16_384));
console.log(words[7]);
words[8] = (words[7] ?? 0) + 1;
