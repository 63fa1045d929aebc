'use strict';
// node:cluster with a rolling restart as the documentation of worker.disconnect() writes it: the next worker listens, the
// former one is told by a message, disconnects, and is killed 2 s later if it is still there. One that dies is forked anew.
const cluster = require('node:cluster');
const path = require('node:path');

const workers = Number(process.env.BENCH_WORKERS);
cluster.setupPrimary({ exec: path.join(__dirname, 'server.cjs') });

/** By slot. */
const current = [];

function start(slot) {
  const worker = cluster.fork({ BENCH_SLOT: String(slot) });
  current[slot] = worker;
  worker.on('exit', () => {
    if (current[slot] === worker) start(slot);
  });
  return worker;
}

function replace(slot) {
  const former = current[slot];
  return new Promise((resolve) => {
    start(slot).once('listening', () => {
      if (former.isDead()) return resolve();
      former.once('exit', resolve);
      former.send('shutdown');
      former.disconnect();
      const timeout = setTimeout(() => former.kill('SIGKILL'), 2000);
      former.once('exit', () => clearTimeout(timeout));
    });
  });
}

for (let slot = 0; slot < workers; slot += 1) start(slot);
process.on('SIGUSR2', async () => {
  for (let slot = 0; slot < workers; slot += 1) await replace(slot);
  console.log('reloaded');
});
