// Opens channels without keeping them, closes half of them, collects, and looks which are still there.
import { setImmediate as turn } from 'node:timers/promises';

import { loadAddon } from '../../../src/native/load.js';

declare const gc: () => void;

const addon = loadAddon();
const count = 100;
let openDelivered = 0;
const closed: WeakRef<object>[] = [];
const peers: number[] = [];

function open(): void {
  const [left, right] = addon.socketpair();
  peers.push(right);
  // Like most handlers these know their channel.
  const channel = new addon.Channel(left, {
    onMessage() {
      openDelivered++;
      channel.close();
    },
    onClose: () => undefined,
  });
}

function openAndClose(): void {
  const [left, right] = addon.socketpair();
  const channel = new addon.Channel(left, { onMessage: () => channel.close(), onClose: () => channel.close() });
  channel.close();
  addon.close(right);
  closed.push(new WeakRef(channel));
}

for (let i = 0; i < count; i++) {
  open();
  openAndClose();
}
for (let i = 0; i < 10; i++) {
  await turn();
  gc();
}
for (const fd of peers) {
  const peer = new addon.Channel(fd, { onMessage: () => undefined, onClose: () => undefined });
  peer.send('still there?');
}
const allDelivered = () => openDelivered === count;
while (!allDelivered()) await turn();
const closedAlive = closed.filter((reference) => reference.deref() !== undefined).length;
console.log(JSON.stringify({ closedAlive, openDelivered }));
process.exit(0);
