'use strict';
// Workers that are started anew when they die, and replaced one after the other at SIGUSR2, in ways that are in use:
// BENCH_KIND=cluster: node:cluster; plain: SO_REUSEPORT, each worker with a listener of its own.
// BENCH_RESTART=kill: the former one ends at once, as a program without a signal handler does; graceful: its successor
// listens first, then it disconnects and has 2 s (node:cluster's documentation of worker.disconnect()); close: its successor
// listens first, then it closes its server, as programs do that handle SIGTERM, and has 2 s. At SIGHUP half of them end in the
// same way, and none comes in their place.
const cluster = require('node:cluster');
const { spawn } = require('node:child_process');
const path = require('node:path');
const { workers } = require('./handler.cjs');

const asCluster = process.env.BENCH_KIND === 'cluster';
const how = process.env.BENCH_RESTART;
cluster.setupPrimary({ exec: path.join(__dirname, 'steering-server.cjs') });

/** By slot. */
const current = [];
let ending = false;

function launch() {
  if (asCluster) return cluster.fork();
  return spawn(process.execPath, [path.join(__dirname, 'steering-plain.cjs')], {
    env: { ...process.env, BENCH_LISTENER: 'library' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** The worker, once it listens. */
function start(slot) {
  const worker = launch();
  current[slot] = worker;
  worker.on('exit', () => {
    if (!ending && current[slot] === worker) start(slot);
  });
  return new Promise((resolve) => {
    worker.once('listening', resolve);
    worker.once('message', resolve);
  });
}

const ended = (worker) => new Promise((resolve) => worker.once('exit', resolve));
const kill = (worker, signal) => (worker.process ?? worker).kill(signal);

async function end(worker) {
  const gone = ended(worker);
  if (how === 'kill') {
    kill(worker, 'SIGKILL');
    return gone;
  }
  if (how === 'close') kill(worker, 'SIGTERM');
  else worker.disconnect();
  const timeout = setTimeout(() => kill(worker, 'SIGKILL'), 2000);
  await gone;
  clearTimeout(timeout);
}

async function replace(slot) {
  const former = current[slot];
  if (how === 'kill') {
    current[slot] = undefined;
    await end(former);
    return start(slot);
  }
  await start(slot);
  return end(former);
}

for (let slot = 0; slot < workers; slot += 1) void start(slot);
process.on('SIGUSR2', async () => {
  for (let slot = 0; slot < workers; slot += 1) await replace(slot);
  console.log('reloaded');
});
process.on('SIGHUP', async () => {
  await Promise.all(current.splice(Math.ceil(workers / 2)).map(end));
  console.log('halved');
});
process.on('SIGTERM', () => {
  ending = true;
  for (const worker of current) if (worker !== undefined) kill(worker, 'SIGTERM');
  process.exit(0);
});
