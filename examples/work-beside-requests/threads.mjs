/**
 * Work that would block the event loop, in threads: `npx reuseport threads.mjs`. `GET /primes?below=1000000` counts them.
 * POOL is the number of threads in each worker.
 */
import http from 'node:http';
import { Piscina } from 'piscina';

const port = Number(process.env.PORT ?? 3000);
const host = process.env.HOST ?? '127.0.0.1';

const size = Number(process.env.POOL ?? 1);
// Piscina's own default is one and a half times the processors, and that in each worker.
const pool = new Piscina({ filename: new URL('primes.mjs', import.meta.url).href, minThreads: size, maxThreads: size });
/** What would wait beyond is refused: with 503 a client, or a proxy, can do something. */
const mostWaiting = 64 * size;

http
  .createServer(async (request, response) => {
    if (pool.queueSize >= mostWaiting) {
      response.writeHead(503, { 'retry-after': '1' }).end('busy\n');
      return;
    }
    const below = Number(new URL(request.url ?? '/', 'http://host').searchParams.get('below') ?? 1000);
    // Of a client that goes away the task is taken out of the queue; one that runs is ended, with its thread.
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      const count = await pool.run({ below }, { signal: gone.signal });
      response.end(`${count} primes below ${below}, pid ${process.pid}\n`);
    } catch (error) {
      response.writeHead(500).end(`${error.message}\n`);
    }
  })
  .listen(port, host);

// Nothing to do in a drain: who waits for an answer is waited for, and the threads end with their process. Closing the pool
// would refuse those whose requests come while the worker drains.
