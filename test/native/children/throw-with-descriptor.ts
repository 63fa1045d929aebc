// A handler that throws after it took a descriptor; prints whether it is still open then.
import { fstatSync } from 'node:fs';

import { loadAddon } from '../../../src/native/load.js';

const addon = loadAddon();
let taken = -1;
process.on('uncaughtException', () => {
  console.log(JSON.stringify({ open: fstatSync(taken).isCharacterDevice() }));
  process.exit(0);
});
const [left, right] = addon.socketpair();
const sender = new addon.Channel(left, { onMessage: () => undefined, onClose: () => undefined });
void new addon.Channel(right, {
  onMessage(_data, fds) {
    taken = fds[0] ?? -1;
    throw new Error('after taking it');
  },
  onClose: () => undefined,
});
sender.send('0', [0]);
