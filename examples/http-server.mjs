/** A plain HTTP server: run it with `npx reuseport examples/http-server.mjs`, or with `node` alone. */
import http from 'node:http';
import { generation, onDrain, slot } from 'reuseport/worker';

const port = Number(process.env.PORT ?? 3000);
const host = process.env.HOST ?? '127.0.0.1';

http
  .createServer((request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end(`slot ${slot ?? '-'}, pid ${process.pid}, generation ${generation ?? '-'}: ${request.url}\n`);
  })
  .listen(port, host);

// Called when this worker is asked to end: the place to close a pool or to flush a queue.
onDrain(() => {});
