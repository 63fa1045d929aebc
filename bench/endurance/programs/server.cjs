'use strict';
// The service of every rival. It answers each request with the request's own path, so that no answer passes for another's,
// echoes WebSocket messages, and writes down every connection that it accepts before anything else happens to it: what a
// worker has written outlives its SIGKILL. When it is about to be replaced it closes its WebSockets with code 1012.
const fs = require('node:fs');
const http = require('node:http');
const { isMainThread, threadId } = require('node:worker_threads');

const { env, pid } = process;
const log = fs.openSync(env.BENCH_ACCEPTED, 'a');
const reuseport = globalThis[Symbol.for('reuseport.worker')];
/** Where it stands among the others: its successor has the same. Of a spare it is known only when it serves. */
const slot = () => reuseport?.slot ?? env.BENCH_SLOT ?? env.NODE_APP_INSTANCE ?? threadId;
/** A number in either case. */
const identity = isMainThread ? String(pid) : `${pid}${String(threadId).padStart(5, '0')}`;
const SERVICE_RESTART = 1012;

const server = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://host');
  const answer = () => {
    const body = `${pathname}\n`;
    response.writeHead(200, { 'content-length': body.length, 'x-worker': identity, 'x-id': pathname.slice(1) });
    response.end(body);
  };
  const ms = Number(searchParams.get('ms') ?? 0);
  if (ms > 0) setTimeout(answer, ms);
  else answer();
});
server.on('connection', ({ remoteAddress, remotePort }) => {
  fs.writeSync(log, `${pid} ${remoteAddress}:${remotePort} ${process.hrtime.bigint()} ${slot()}\n`);
});

let leaving = false;
const sockets = new Set();
if (env.BENCH_WS) {
  const { WebSocketServer } = require(env.BENCH_WS);
  new WebSocketServer({ server }).on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('message', (data) => socket.send(data));
    if (leaving) socket.close(SERVICE_RESTART);
  });
}
const leave = () => {
  leaving = true;
  for (const socket of sockets) socket.close(SERVICE_RESTART);
};

server.listen({ host: env.BENCH_HOST, port: Number(env.BENCH_PORT), backlog: 4096 }, () => {
  if (env.NODE_APP_INSTANCE !== undefined) process.send('ready');
});

// How each tells a worker that it is about to go, by its own documentation.
reuseport?.onDrain(leave);
globalThis.platformatic?.events?.once('close', leave);
if (env.BENCH_SLOT !== undefined) process.on('message', (message) => message === 'shutdown' && leave());
if (env.NODE_APP_INSTANCE !== undefined) {
  process.on('SIGINT', () => {
    leave();
    server.close(() => process.exit(0));
  });
}
