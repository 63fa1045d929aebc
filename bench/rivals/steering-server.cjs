'use strict';
// The program behind every rival of bench/steering: / answers at once, /block?ms= stops the loop without using a
// processor (as a synchronous read would), /burn?us= computes for so long, /wait?ms= answers later.
const http = require('node:http');
const { isMainThread, threadId } = require('node:worker_threads');
const { address } = require('./handler.cjs');

/** A number in either case. */
const worker = isMainThread ? String(process.pid) : `${process.pid}${String(threadId).padStart(5, '0')}`;
const cell = new Int32Array(new SharedArrayBuffer(4));

function burn(microseconds) {
  const end = process.hrtime.bigint() + BigInt(Math.round(microseconds * 1_000));
  while (process.hrtime.bigint() < end);
}

const server = http.createServer((request, response) => {
  const [path, query = ''] = request.url.split('?');
  const amount = Number(query.slice(query.indexOf('=') + 1));
  if (path === '/wait') return setTimeout(answer, amount, response);
  if (path === '/block') Atomics.wait(cell, 0, 0, amount);
  else if (path === '/burn') burn(amount);
  answer(response);
});

function answer(response) {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 6, 'x-worker': worker });
  response.end('hello\n');
}

exports.server = server;

// BENCH_LISTENER: how a program says where it listens; one that requires this file may listen by itself.
const how = process.env.BENCH_LISTENER ?? 'address';
if (how === 'address') server.listen(address);
else if (how === 'reuse-port') server.listen({ ...address, reusePort: true, exclusive: true });
else if (how === 'inherited') server.listen({ fd: 3, exclusive: true }, address.backlog);

// PM2's graceful start and stop, as its documentation has them.
if (process.env.BENCH_PM2_GRACEFUL !== undefined) {
  server.once('listening', () => process.send('ready'));
  process.on('SIGINT', () => server.close(() => process.exit(0)));
}
