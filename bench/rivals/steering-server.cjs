'use strict';
// The program behind every rival of bench/steering: / answers at once, /block?ms= stops the loop without using a
// processor (as a synchronous read would), /burn?us= computes for so long, /wait?ms= answers later.
const http = require('node:http');
const { address } = require('./handler.cjs');

const worker = String(process.pid);
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
