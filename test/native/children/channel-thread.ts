// A thread with one channel that behaves as its creator asks.
import { workerData } from 'node:worker_threads';

import { loadAddon } from '../../../src/native/load.js';

const { fd, way } = workerData as { fd: number; way: string };
const channel = new (loadAddon().Channel)(fd, {
  onMessage(data) {
    if (way === 'echo') channel.send(data);
    if (way === 'exit') channel.unref();
    if (way === 'throw') throw new Error('in the thread');
    if (way === 'process.exit') process.exit(3);
  },
  onClose: () => undefined,
});
if (way === 'swallow' || way === 'block' || way === 'wait') channel.send('ready');
if (way === 'wait') channel.receiveSync(20_000);
if (way === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
