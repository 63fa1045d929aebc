'use strict';
// A program of the user's own in every worker of node:cluster.
const cluster = require('node:cluster');

cluster.setupPrimary({ exec: process.env.BENCH_SCRIPT });
cluster.on('exit', (_worker, code) => process.exit(code ?? 1));
for (let worker = 0; worker < Number(process.env.BENCH_WORKERS); worker += 1) cluster.fork();
