// examples/work-beside-requests under load: workers are replaced, killed and stopped, and their pools go with them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { readProcesses } from '../../src/supervisor/process-table.js';
import { temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { Load } from '../helpers/load.js';
import { isAlive } from '../helpers/processes.js';
import { root, type Service, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const folder = join(root, 'examples', 'work-beside-requests');

function start(script: string, env: NodeJS.ProcessEnv): Promise<Service> {
  return startService([script], { cwd: folder, env: { PORT: '0', ...env } });
}

/** Kills a worker, and waits until its slot serves again. Returns who it was. */
async function killOne(service: Service): Promise<number> {
  const [victim = 0] = await service.workerPids();
  process.kill(victim, 'SIGKILL');
  await waitFor('the slot of the killed worker to be ready', async () => {
    const { workers } = await service.status();
    return workers.every(({ pid, state }) => pid !== victim && state === 'ready');
  });
  return victim;
}

test('threads.mjs: reloads lose nothing, and of killed and stopped workers no thread is left', async () => {
  const service = await start('threads.mjs', { POOL: '2' });
  const port = await service.port();
  const first = await service.workerPids();
  const load = new Load(port, 4);
  await load.more(40);
  const { code, stderr } = await service.command('reload');
  assert.equal(code, 0, stderr);
  await load.more(40);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.ok([...load.answers.keys()].every((body) => /^168 primes below 1000, pid \d+\n$/.test(body)));
  const answering = new Set([...load.answers.keys()].map((body) => Number(/pid (\d+)/.exec(body)?.[1])));
  const second = await service.workerPids();
  assert.ok(second.some((pid) => answering.has(pid)));

  const victim = await killOne(service);
  const third = await service.workerPids();
  const calm = new Load(port, 4);
  await calm.more(40);
  await calm.stop();
  assert.deepEqual(calm.failures, []);
  const { code: stopped } = await service.end();
  assert.equal(stopped, 0);
  assert.deepEqual([...first, ...second, ...third, victim].filter(isAlive), []);
});

/** Statuses of requests that come together: they are read, and handed to the program, in one turn of its loop. */
async function pipeline(port: number, count: number): Promise<number[]> {
  const socket = net.connect(port, '127.0.0.1');
  const request = 'GET /?below=1000 HTTP/1.1\r\nHost: a\r\n';
  socket.write(`${request}\r\n`.repeat(count - 1) + `${request}Connection: close\r\n\r\n`);
  let text = '';
  for await (const data of socket as AsyncIterable<Buffer>) text += data.toString();
  return [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));
}

test('threads.mjs: what no thread is free for waits, and beyond its limit is refused with 503', async () => {
  const service = await start('threads.mjs', { POOL: '1' });
  const statuses = await pipeline(await service.port(), 80);
  assert.equal(statuses.length, 80);
  const served = statuses.filter((status) => status === 200).length;
  // One in the thread, unless that still starts, and 64 in the queue.
  assert.ok(served === 64 || served === 65, statuses.join(' '));
  assert.equal(statuses.filter((status) => status === 503).length, 80 - served);
  await service.end();
});

/** Processes of the pools of all workers. */
function poolProcesses(): number[] {
  const script = join(folder, 'child.mjs');
  return readProcesses().flatMap(({ pid, zombie }) => (!zombie && commandOf(pid).includes(script) ? [pid] : []));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Results that have been written whole. */
function done(results: string): number {
  return readdirSync(results).filter((name) => !name.endsWith('.part')).length;
}

async function post(port: number, count: number): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: count }, () => get(port, '/jobs?below=1000000', { method: 'POST' })),
  );
  assert.ok(answers.every(({ status }) => status === 202));
  return answers.map(({ headers }) => String(headers.location));
}

test('jobs.mjs: a worker ends after its last job, and its processes with it', async () => {
  const results = temporaryFolder();
  const service = await start('jobs.mjs', { POOL: '1', RESULTS: results });
  const port = await service.port();
  const both = () => waitFor('a process of each worker', () => poolProcesses().length === 2, { state: poolProcesses });
  await both();
  const before = poolProcesses();

  const paths = await post(port, 24);
  const { code, stderr } = await service.command('reload');
  assert.equal(code, 0, stderr);
  const answers = await Promise.all(paths.map((path) => get(port, path)));
  const pids = await service.workerPids();
  for (const { status, body } of answers) {
    assert.equal(status, 200);
    const { result, pid } = JSON.parse(body) as { result: number; pid: number };
    assert.equal(result, 78_498);
    assert.ok(!pids.includes(pid), 'the worker that took the job has done it');
  }
  await both();
  assert.ok(!poolProcesses().some((pid) => before.includes(pid)), 'processes of the former workers are left');

  const [child = 0] = poolProcesses();
  process.kill(child, 'SIGKILL');
  await waitFor('the killed process to be gone', () => !isAlive(child));
  const after = await post(port, 24);
  // The worker may have given it a job before it saw that it was gone.
  const lost = () => service.stderr.split('its process ended').length - 1;
  await waitFor('all further jobs to be done', () => done(results) + lost() === paths.length + after.length, {
    state: () => [done(results), service.stderr],
  });
  assert.ok(lost() <= 1);

  const victims = poolProcesses();
  await killOne(service);
  await both();
  assert.ok(poolProcesses().some((pid) => !victims.includes(pid)));

  await post(port, 24);
  assert.equal((await service.end()).code, 0);
  assert.equal(done(results), 72 - lost());
  assert.deepEqual(poolProcesses(), []);
});
