'use strict';
// The program of steering-server.cjs in uWebSockets.js: / answers at once, /block?ms= stops the loop without using a
// processor, /burn?us= computes for so long, /wait?ms= answers later.
const uWS = require('uWebSockets.js');
const { address } = require('./handler.cjs');

const worker = String(process.pid);
const cell = new Int32Array(new SharedArrayBuffer(4));

function answer(res) {
  res.writeHeader('content-type', 'text/plain').writeHeader('x-worker', worker).end('hello\n');
}

function burn(microseconds) {
  const end = process.hrtime.bigint() + BigInt(Math.round(microseconds * 1_000));
  while (process.hrtime.bigint() < end);
}

uWS
  .App()
  .get('/block', (res, req) => {
    Atomics.wait(cell, 0, 0, Number(req.getQuery('ms')));
    answer(res);
  })
  .get('/burn', (res, req) => {
    burn(Number(req.getQuery('us')));
    answer(res);
  })
  .get('/wait', (res, req) => {
    let isThere = true;
    res.onAborted(() => (isThere = false));
    setTimeout(() => isThere && res.cork(() => answer(res)), Number(req.getQuery('ms')));
  })
  .get('/*', answer)
  .listen(address.host, address.port, (token) => {
    if (!token) process.exit(1);
  });
