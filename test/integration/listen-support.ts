/** What the tests of listening share: lines that a program prints about its servers, and requests until all answer. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import net from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { freePort } from '../../bench/free-port.js';
import { get, tally } from '../helpers/http.js';
import { fixtures, type Service, startService, type StartOptions } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

/** A service that ends with the test, whatever becomes of it. */
export async function serviceFor(
  context: TestContext,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Service> {
  const service = await startService(args, options);
  context.after(() => service.end());
  return service;
}

export const hasIpv6 = await new Promise<boolean>((resolve) => {
  const server = net.createServer().once('error', () => resolve(false));
  server.listen(0, '::1', () => server.close(() => resolve(true)));
});

/** Different ports that nobody has, and nobody gets by chance. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/** Objects that the program has printed, one per line. */
export function printed<T = Record<string, unknown>>(stdout: string): T[] {
  return stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as T] : []));
}

/** Waits until the workers have printed `count` objects. */
export function printedLines<T = Record<string, unknown>>(service: Service, count: number): Promise<T[]> {
  return waitFor(
    `${count} lines of the program`,
    () => {
      const lines = printed<T>(service.stdout);
      return lines.length >= count && lines;
    },
    { state: () => [service.stdout, service.stderr.split('\n').slice(-5)] },
  );
}

/** Repeats `request`, each on a new connection, until `count` different workers have answered. */
export async function answeredBy(count: number, request: () => Promise<string>): Promise<Set<string>> {
  const seen = new Set<string>();
  // Several at once: of workers that share one socket the same one may wake first for each single connection.
  for (let tries = 0; seen.size < count && tries < 100; tries += 1) {
    for (const answer of await Promise.all(Array.from({ length: 8 }, request))) seen.add(answer);
  }
  assert.equal(seen.size, count, `answers came from ${[...seen].join(', ')}`);
  return seen;
}

export async function assertBothAnswer(port: number, host = '127.0.0.1'): Promise<void> {
  await answeredBy(2, async () => (await get(port, '/', { host })).body);
}

/** The first of two workers stops listening at SIGUSR2, which the other alone then serves, and listens again at the next. */
export async function assertListensAgain(service: Service, port: number): Promise<void> {
  const [one = 0, other = 0] = await service.workerPids();
  const said = (what: string, count: number) => {
    return waitFor(`${one} to be ${what}`, () => {
      const lines = printed<{ what: string; pid: number }>(service.stdout);
      return lines.filter((line) => line.what === what && line.pid === one).length === count;
    });
  };
  const slots = async () => (await service.status()).listeners.flatMap((listener) => listener.slots);
  await assertBothAnswer(port);
  process.kill(one, 'SIGUSR2');
  await said('closed', 1);
  await waitFor('the master to let go', async () => (await slots()).length === 1);
  assert.deepEqual([...(await tally(port, 30)).keys()], [String(other)]);
  process.kill(one, 'SIGUSR2');
  await said('listening', 2);
  assert.equal((await slots()).length, 2);
  await assertBothAnswer(port);
}

/** Runs a fixture under plain node, to compare with. */
export function plainNode(script: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: fixtures, env: { ...process.env, ...env }, timeout: 20_000 };
    execFile(process.execPath, [join(fixtures, script), ...args], options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${script}: ${error.message}`, { cause: error }));
    });
  });
}
