// Ends with open channels that have queues: in a handler, from a timer, or at once.
import { loadAddon } from '../../../src/native/load.js';

const addon = loadAddon();
const way = process.argv[2];
const [left, right] = addon.socketpair();
const sender = new addon.Channel(left, { onMessage: () => undefined, onClose: () => undefined });
void new addon.Channel(right, {
  onMessage() {
    if (way === 'handler') process.exit(7);
  },
  onClose: () => undefined,
});
for (let i = 0; i < 100; i++) sender.send(Buffer.alloc(32 * 1024), [0, 1]);
if (way === 'loop') setImmediate(() => process.exit(7));
if (way === 'main') process.exit(7);
