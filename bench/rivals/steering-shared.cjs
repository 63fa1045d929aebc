'use strict';
// One listening socket, inherited by all workers: whoever wakes first accepts. The master binds and never accepts.
const { spawn } = require('node:child_process');
const net = require('node:net');
const path = require('node:path');
const { address, workers } = require('./handler.cjs');

// Not documented, but what server.listen() itself calls: a server that listens here would accept here as well.
const handle = net._createServerHandle(address.host, address.port, 4);
if (typeof handle === 'number') throw new Error(`bind ${address.host}:${address.port}: error ${handle}`);

const env = { ...process.env, BENCH_LISTENER: 'inherited' };
const children = Array.from({ length: workers }, () =>
  spawn(process.execPath, [path.join(__dirname, 'steering-server.cjs')], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', handle.fd],
  }),
);
for (const child of children) child.on('exit', (code) => end(code ?? 1));
process.on('SIGTERM', () => end(0));

function end(code) {
  for (const child of children) child.kill('SIGTERM');
  process.exit(code);
}
