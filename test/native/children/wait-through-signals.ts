// Waits 300 ms in receiveSync while a shell sends signals, and prints how long it took.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { loadAddon } from '../../../src/native/load.js';

const addon = loadAddon();
let signals = 0;
process.on('SIGUSR2', () => signals++);
const [left] = addon.socketpair();
const channel = new addon.Channel(left, { onMessage: () => undefined, onClose: () => undefined });
// At a moderate pace: libuv forgets signals, that of the shell's end among them, when 4096 wait.
const shell = spawn('/bin/sh', ['-c', `echo ready; while kill -USR2 ${process.pid}; do sleep 0.01; done`], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
await once(shell.stdout, 'data');
const start = process.hrtime.bigint();
const result = channel.receiveSync(300);
const waitedMs = Number(process.hrtime.bigint() - start) / 1e6;
shell.kill();
await once(shell, 'exit');
console.log(JSON.stringify({ result, waitedMs, signals }));
process.exit(0);
