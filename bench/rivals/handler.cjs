'use strict';
// The same tiny answer for every Node rival. A given length keeps the body out of chunks, as in the C++ rival.
const http = require('node:http');

const worker = String(process.pid);

exports.createServer = () =>
  http.createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 6, 'x-worker': worker });
    response.end('hello\n');
  });

/** Where to listen, as the runner of the benchmark says. */
exports.address = {
  host: process.env.BENCH_HOST,
  port: Number(process.env.BENCH_PORT),
  backlog: Number(process.env.BENCH_BACKLOG),
};

exports.workers = Number(process.env.BENCH_WORKERS);
