// Calls the methods named by the arguments on a channel; its peer closes when an unreferenced timer fires.
import { loadAddon } from '../../../src/native/load.js';

const addon = loadAddon();
const seen: string[] = [];
const [left, right] = addon.socketpair();
const channel = new addon.Channel(left, { onMessage: () => undefined, onClose: () => seen.push('onClose') });
for (const method of process.argv.slice(2)) {
  channel[method as 'ref' | 'unref']();
}
setTimeout(() => addon.close(right), 50).unref();
process.on('exit', () => console.log(JSON.stringify([...seen, 'ended by itself'])));
