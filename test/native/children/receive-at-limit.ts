// Receives three descriptors when fewer are free, and prints what it cost.
import { loadAddon } from '../../../src/native/load.js';
import { brief, withFreeDescriptors } from './at-limit.js';

const addon = loadAddon();
const nothing = { onMessage: () => undefined, onClose: () => undefined };

async function bySync(free: number): Promise<{ value: unknown; leaked: number }> {
  const [left, right] = addon.socketpair();
  const sender = new addon.Channel(left, nothing);
  const receiver = new addon.Channel(right, nothing);
  sender.send('three', [0, 1, 2]);
  const result = await withFreeDescriptors(free, () => {
    try {
      return receiver.receiveSync(1000);
    } catch (error) {
      return brief(error);
    }
  });
  sender.close();
  receiver.close();
  return result;
}

async function byLoop(free: number): Promise<{ value: unknown; leaked: number }> {
  const [left, right] = addon.socketpair();
  const sender = new addon.Channel(left, nothing);
  const closing = new Promise<unknown>((resolve) => {
    // On failure it closes its own end.
    void new addon.Channel(right, {
      onMessage: () => resolve('a message'),
      onClose: (error) => resolve(error === undefined ? 'no error' : brief(error)),
    });
  });
  sender.send('three', [0, 1, 2]);
  const result = await withFreeDescriptors(free, () => closing);
  sender.close();
  return { ...result, leaked: result.leaked + 1 };
}

const answers = [];
for (const free of [0, 1, 2]) {
  const sync = await bySync(free);
  const loop = await byLoop(free);
  answers.push({ free, sync: sync.value, leaked: sync.leaked, loop: loop.value, leakedByLoop: loop.leaked });
}
console.log(JSON.stringify(answers));
