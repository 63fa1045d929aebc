import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../free-port.js';
import { inProject } from '../paths.js';
import { spread } from '../report/statistics.js';
import { fetchRaw } from '../response.js';
import { cliFile, programFile } from './service.js';

const STEP_MS = 1;
const DEADLINE_MS = 20_000;

/** Milliseconds from the start of the command to the first answer: ours and node:cluster's in turn, same program. */
export async function measureFirstAnswer(rounds: number) {
  const cluster: number[] = [];
  const reuseport: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const name = `bench-first-${process.pid}`;
    const ours = [cliFile, 'run', programFile, '-w', '2', '--name', name, '--log-level', 'error'];
    const pair: [number[], string[]][] = [
      [cluster, [inProject('bench', 'rivals', 'cluster.cjs')]],
      [reuseport, ours],
    ];
    for (const [times, args] of round % 2 === 0 ? pair : pair.toReversed()) times.push(await firstAnswerMs(args));
  }
  const ratios = reuseport.map((ms, round) => ms / (cluster[round] ?? Number.NaN));
  return { cluster: spread(cluster), reuseport: spread(reuseport), ratio: spread(ratios) };
}

async function firstAnswerMs(args: string[]): Promise<number> {
  const host = '127.0.0.1';
  const port = await freePort(host);
  const env = { ...process.env, BENCH_HOST: host, BENCH_PORT: String(port), BENCH_WORKERS: '2', BENCH_BACKLOG: '511' };
  const began = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
  const exited = once(child, 'exit');
  try {
    while (!(await answers(host, port))) {
      if (performance.now() - began > DEADLINE_MS)
        throw new Error(`no answer within ${DEADLINE_MS} ms: ${args.join(' ')}`);
      await delay(STEP_MS);
    }
    return performance.now() - began;
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

async function answers(host: string, port: number): Promise<boolean> {
  try {
    await fetchRaw(host, port, true, 1_000);
    return true;
  } catch {
    return false;
  }
}
