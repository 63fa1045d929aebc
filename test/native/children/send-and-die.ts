// Sends 100 messages over descriptor 3 and dies without a word.
import { loadAddon } from '../../../src/native/load.js';

const channel = new (loadAddon().Channel)(3, { onMessage: () => undefined, onClose: () => undefined });
for (let i = 0; i < 100; i++) channel.send(String(i));
process.kill(process.pid, 'SIGKILL');
