/**
 * Work that nobody waits for, in a queue before child processes: `npx reuseport jobs.mjs`. `POST /jobs?below=1000000` answers
 * 202 with the path of the result, which every worker can tell. POOL is the number of processes in each worker, RESULTS the
 * folder of the results.
 */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastq from 'fastq';
import { onDrain, signal } from 'reuseport/worker';

const port = Number(process.env.PORT ?? 3000);
const host = process.env.HOST ?? '127.0.0.1';
const size = Number(process.env.POOL ?? 1);
const results = process.env.RESULTS ?? join(tmpdir(), 'jobs');
await mkdir(results, { recursive: true });

const script = new URL('child.mjs', import.meta.url);
const idle = Array.from({ length: size }, () => fork(script));

function ask(child, job) {
  return new Promise((resolve, reject) => {
    const ended = (code, by) => reject(new Error(`its process ended: ${by ?? code}`));
    child.once('exit', ended);
    child.once('message', ({ result }) => {
      child.off('exit', ended);
      resolve(result);
    });
    child.send(job);
  });
}

/** The queue gives no more jobs at a time than there are children. */
const queue = fastq.promise(async ({ id, below }) => {
  const taken = idle.pop();
  // One that has died is replaced when it is missed.
  const child = taken?.connected ? taken : fork(script);
  try {
    const result = await ask(child, { below });
    const file = join(results, id);
    await writeFile(`${file}.part`, JSON.stringify({ below, result, pid: process.pid, child: child.pid }));
    await rename(`${file}.part`, file);
  } finally {
    idle.push(child);
  }
}, size);

/** Jobs that are not done. No response waits for them, so the worker must be told to. */
const open = new Set();

function start(job) {
  const done = queue
    .push(job)
    .catch((error) => console.error(`job ${job.id}: ${error.message}`))
    .finally(() => open.delete(done));
  open.add(done);
  // Requests still come while a worker drains.
  if (signal.aborted) onDrain(() => done);
}

onDrain(() => Promise.all(open));

http
  .createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
    if (request.method === 'POST' && pathname === '/jobs') {
      const id = randomUUID();
      start({ id, below: Number(searchParams.get('below') ?? 1000) });
      response.writeHead(202, { location: `/jobs/${id}` }).end();
      return;
    }
    const id = /^\/jobs\/([0-9a-f-]{36})$/.exec(pathname)?.[1];
    const result = id === undefined ? null : await readFile(join(results, id)).catch(() => null);
    response.writeHead(result === null ? 404 : 200).end(result);
  })
  .listen(port, host);
