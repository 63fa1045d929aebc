// A probed loop that does what its standard input says: the commands below. Descriptors: 3 page, 4 wake, 5… listeners.
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { readlinkSync } from 'node:fs';

import type { Addon } from '../../../src/native/addon.js';
import type { KernelAddon } from '../../../src/native/kernel-addon.js';
import { loadAddon } from '../../../src/native/load.js';
import { PAGE_BYTES } from '../../../src/state/layout.js';

const addon = loadAddon() as Addon & KernelAddon;
const page = addon.mapShared(3, PAGE_BYTES);
const probe = new addon.LoopProbe({ page, slot: Number(process.argv[2]), wakeFd: 4 });
let signals = 0;
let spins = false;
process.on('SIGUSR2', () => (signals += 1));

const commands: Record<string, (milliseconds: number) => unknown> = {
  /** One turn of that length. */
  block(milliseconds) {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  },
  /** One turn that waits for another process, whose end libuv awaits on a loop of its own. */
  spawnSync(milliseconds) {
    spawnSync('sleep', [String(milliseconds / 1000)]);
  },
  /** Turns without a wait, for that time or until it is told to rest. */
  spin(milliseconds) {
    const end = performance.now() + milliseconds;
    spins = true;
    const again = () => (spins && performance.now() < end ? setImmediate(again) : console.log('spun'));
    again();
  },
  rest: () => (spins = false),
  signals: () => console.log(`signals ${signals}`),
  stop: () => probe.stop(),
};

function serve(fd: number): void {
  try {
    if (!readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')) return;
    createServer((socket) => socket.end('served')).listen({ fd });
    probe.setListeners([fd]);
  } catch {
    // There is none.
  }
}
if (process.argv[3] !== 'deaf') serve(5);

process.stdin.on('data', (chunk: Buffer) => {
  for (const line of chunk.toString().trim().split('\n')) {
    const [name = '', argument] = line.split(' ');
    commands[name]?.(Number(argument));
  }
});
console.log(`ready ${probe.mode} ${probe.why}`);
