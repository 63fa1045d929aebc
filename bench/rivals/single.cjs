'use strict';
// One process; also the unmodified program that `reuseport` runs.
const { address, createServer } = require('./handler.cjs');

createServer().listen(address);
