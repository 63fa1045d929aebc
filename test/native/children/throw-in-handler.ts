// Handlers that throw; prints what happens in which order.
import { loadAddon } from '../../../src/native/load.js';

const addon = loadAddon();
const seen: string[] = [];
if (process.argv[2] !== 'unhandled') {
  process.on('uncaughtException', (error) => seen.push(`uncaught: ${error.message}`));
}
const [left, right] = addon.socketpair();
const sender = new addon.Channel(left, { onMessage: () => undefined, onClose: () => undefined });
void new addon.Channel(right, {
  onMessage(data) {
    const text = data.toString();
    seen.push(`message ${text}`);
    if (text === '0') throw new Error('in onMessage 0');
    process.nextTick(() => seen.push(`tick ${text}`));
    queueMicrotask(() => seen.push(`microtask ${text}`));
    setImmediate(() => sender.close());
  },
  onClose() {
    throw new Error('in onClose');
  },
});
sender.send('0');
sender.send('1');
process.on('exit', () => console.log(JSON.stringify(seen)));
