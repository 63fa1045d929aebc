/** What event loops cost in memory: as processes, and as threads of fewer processes. */
import http from 'node:http';
import { pssBytes } from '../process-tree.js';
import { spread, type Spread } from '../report/statistics.js';
import { startService } from './service.js';

const MIB = 1024 * 1024;
const LOOPS = 8;
const THREADS = 4;
/** Each loop has served some of them: its code is compiled, its heap has grown. */
const REQUESTS = 4_000;
const AT_A_TIME = 32;

export interface MemoryFigures {
  /** In MiB, like the next. */
  processes: Spread;
  threads: Spread;
  ratio: Spread;
}

/** The two in turn, so that what else happens on the machine meets both. */
export async function measureMemory(rounds: number): Promise<MemoryFigures> {
  const processes: number[] = [];
  const threads: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    processes.push(await sumOfPss(LOOPS, 1));
    threads.push(await sumOfPss(LOOPS / THREADS, THREADS));
  }
  const ratios = threads.map((size, round) => size / (processes[round] ?? NaN));
  return { processes: spread(processes), threads: spread(threads), ratio: spread(ratios) };
}

async function sumOfPss(workers: number, threads: number): Promise<number> {
  const service = await startService(workers, ['--threads', String(threads)]);
  try {
    for (let sent = 0; sent < REQUESTS; sent += AT_A_TIME) {
      await Promise.all(Array.from({ length: AT_A_TIME }, () => request(service.port)));
    }
    const pids = new Set((await service.status()).workers.flatMap(({ pid }) => pid ?? []));
    return [...pids].reduce((sum, pid) => sum + (pssBytes(pid) ?? NaN), 0) / MIB;
  } finally {
    await service.stop();
  }
}

function request(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, agent: false };
    http.get(options, (response) => response.resume().once('end', resolve)).once('error', reject);
  });
}
