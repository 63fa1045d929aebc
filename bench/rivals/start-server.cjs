'use strict';
// Writes down when it listens.
const { appendFileSync } = require('node:fs');
const http = require('node:http');

const { BENCH_HOST: host, BENCH_PORT: port, BENCH_LISTENING: file } = process.env;
http
  .createServer((_request, response) => response.end('ok\n'))
  .listen({ host, port: Number(port) }, () => appendFileSync(file, `${process.pid} ${process.hrtime.bigint()}\n`));
