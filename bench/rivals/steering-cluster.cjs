'use strict';
// node:cluster around the same server. NODE_CLUSTER_SCHED_POLICY (rr or none) chooses the policy, as Node documents.
const cluster = require('node:cluster');
const { workers } = require('./handler.cjs');

if (cluster.isPrimary) {
  for (let worker = 0; worker < workers; worker++) cluster.fork();
} else {
  require('./steering-server.cjs');
}
