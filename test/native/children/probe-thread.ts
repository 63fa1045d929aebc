// A thread with a probed loop that behaves as its creator asks.
import { workerData } from 'node:worker_threads';

import type { Addon } from '../../../src/native/addon.js';
import type { KernelAddon } from '../../../src/native/kernel-addon.js';
import { loadAddon } from '../../../src/native/load.js';
import { PAGE_BYTES } from '../../../src/state/layout.js';

const { fd, wakeFd, slot, way } = workerData as { fd: number; wakeFd: number; slot: number; way: string };
const addon = loadAddon() as Addon & KernelAddon;
const probe = new addon.LoopProbe({ page: addon.mapShared(fd, PAGE_BYTES), slot, wakeFd });
probe.setListeners([]);

function spin(): void {
  setImmediate(spin);
}
if (way === 'spin') spin();
if (way === 'idle') setInterval(() => undefined, 60_000);
if (way === 'block') setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
if (way === 'throw') {
  setImmediate(() => {
    throw new Error('in the thread');
  });
}
