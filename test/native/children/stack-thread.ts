// A thread with a stack witness; it spins, waits natively, or ends, as it is told.
import { parentPort, workerData } from 'node:worker_threads';

import { loadAddon } from '../../../src/native/load.js';

const { fd, way } = workerData as { fd: number; way: string };

function spinForever(): never {
  for (;;);
}

loadAddon().startStackWitness(fd);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port is no window
parentPort?.postMessage('begun');
if (way === 'spin') spinForever();
if (way === 'wait') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
