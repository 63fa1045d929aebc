// Calls each function that makes descriptors when too few are free, and prints the errors and leaks.
import { loadAddon } from '../../../src/native/load.js';
import { brief, withFreeDescriptors } from './at-limit.js';

const addon = loadAddon();
const nothing = { onMessage: () => undefined, onClose: () => undefined };
const [left, right] = addon.socketpair();
const full = new addon.Channel(left, nothing);
for (let i = 0; i < 50; i++) full.send(Buffer.alloc(32 * 1024));

const calls: Record<string, [free: number, call: () => unknown]> = {
  bindTcpListener: [0, () => addon.bindTcpListener({ address: '127.0.0.1', port: 0 })],
  bindUnixListener: [0, () => addon.bindUnixListener(`\0reuseport-limit-${process.pid}`)],
  listeningSockets: [0, () => addon.listeningSockets()],
  dup: [0, () => addon.dup(0)],
  'socketpair with none free': [0, () => addon.socketpair()],
  'socketpair with one free': [1, () => addon.socketpair()],
  'send with none free': [0, () => full.send('x', [0])],
  'send with one free of two': [1, () => full.send('x', [0, 1])],
};
const answers: Record<string, unknown> = {};
for (const [name, [free, call]] of Object.entries(calls)) {
  answers[name] = await withFreeDescriptors(free, () => {
    try {
      return call();
    } catch (error) {
      return brief(error);
    }
  });
}
full.close();
addon.close(right);
console.log(JSON.stringify(answers));
