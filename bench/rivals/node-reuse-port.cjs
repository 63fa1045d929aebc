'use strict';
// Node's own SO_REUSEPORT (from 22.12): the primary only forks, each worker binds for itself.
const cluster = require('node:cluster');
const { address, createServer, workers } = require('./handler.cjs');

if (cluster.isPrimary) {
  for (let worker = 0; worker < workers; worker++) cluster.fork();
} else {
  createServer().listen({ ...address, reusePort: true, exclusive: true });
}
