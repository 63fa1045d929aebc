'use strict';
// Answers each request, after ?ms= milliseconds, and writes down every connection that it accepts before anything else
// happens to it: what a worker has written outlives its SIGKILL.
const fs = require('node:fs');
const http = require('node:http');
const { address } = require('../rivals/handler.cjs');

const log = fs.openSync(`${process.env.HOME}/accepted`, 'a');

const server = http.createServer((request, response) => {
  const ms = Number(new URL(request.url, 'http://host').searchParams.get('ms') ?? 0);
  const answer = () => {
    response.writeHead(200, { 'content-length': 6, 'x-worker': String(process.pid) });
    response.end('hello\n');
  };
  if (ms > 0) setTimeout(answer, ms);
  else answer();
});
server.on('connection', ({ remoteAddress, remotePort }) => {
  fs.writeSync(log, `${process.pid} ${remoteAddress}:${remotePort} ${process.hrtime.bigint()}\n`);
});
server.listen(address);
