'use strict';
// uWebSockets.js as it is: each process binds the port by itself, with SO_REUSEPORT, which is its default.
const { spawn } = require('node:child_process');
const path = require('node:path');
const { workers } = require('./handler.cjs');

const children = Array.from({ length: workers }, () =>
  spawn(process.execPath, [path.join(__dirname, 'uws-server.cjs')], { stdio: ['ignore', 'inherit', 'inherit'] }),
);
const end = (code) => {
  for (const child of children) child.kill('SIGTERM');
  process.exit(code);
};
for (const child of children) child.on('exit', (code) => end(code ?? 1));
process.on('SIGTERM', () => end(0));
