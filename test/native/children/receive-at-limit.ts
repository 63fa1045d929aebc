// Receives three descriptors when fewer are free, and prints how many came and what it cost.
import { loadAddon } from '../../../src/native/load.js';
import { brief, withFreeDescriptors } from './at-limit.js';

const addon = loadAddon();
const nothing = { onMessage: () => undefined, onClose: () => undefined };

/** How many arrived; closes them. */
function take(fds: readonly number[]): number {
  for (const fd of fds) addon.close(fd);
  return fds.length;
}

async function bySync(free: number): Promise<{ value: unknown; leaked: number }> {
  const [left, right] = addon.socketpair();
  const sender = new addon.Channel(left, nothing);
  const receiver = new addon.Channel(right, nothing);
  sender.send('three', [0, 1, 2]);
  const result = await withFreeDescriptors(free, () => {
    const received = receiver.receiveSync(1000);
    return received === null || received === 'closed' ? received : take(received.fds);
  });
  sender.close();
  receiver.close();
  return result;
}

async function byLoop(free: number): Promise<{ value: unknown; leaked: number }> {
  const [left, right] = addon.socketpair();
  const sender = new addon.Channel(left, nothing);
  const receivers: { close(): void }[] = [];
  const arriving = new Promise<unknown>((resolve) => {
    receivers.push(
      new addon.Channel(right, {
        onMessage: (_, fds) => resolve(take(fds)),
        onClose: (error) => resolve(error === undefined ? 'no error' : brief(error)),
      }),
    );
  });
  sender.send('three', [0, 1, 2]);
  const result = await withFreeDescriptors(free, () => arriving);
  sender.close();
  for (const receiver of receivers) receiver.close();
  return result;
}

const answers = [];
for (const free of [0, 1, 2, 3]) {
  const sync = await bySync(free);
  const loop = await byLoop(free);
  answers.push({ free, sync: sync.value, loop: loop.value, leaked: sync.leaked + loop.leaked });
}
console.log(JSON.stringify(answers));
