// A thread that answers short messages and ends with its channel.
import { workerData } from 'node:worker_threads';

import { loadAddon } from '../../../src/native/load.js';

const { fd } = workerData as { fd: number };
const channel = new (loadAddon().Channel)(fd, {
  onMessage(data) {
    if (data.length < 1000) channel.send(`echo of ${data.toString()}`);
  },
  onClose: () => undefined,
});
