'use strict';
// node:cluster. NODE_CLUSTER_SCHED_POLICY (rr or none) chooses the policy, as Node documents.
const cluster = require('node:cluster');
const { address, createServer, workers } = require('./handler.cjs');

if (cluster.isPrimary) {
  for (let worker = 0; worker < workers; worker++) cluster.fork();
} else {
  createServer().listen(address);
}
