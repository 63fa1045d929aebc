import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Workplace } from '../endurance/workplace.js';
import { STEP_MS } from '../endurance/within.js';
import { freePort } from '../free-port.js';
import { installRivals } from '../install.js';
import { cliFile, inProject } from '../paths.js';
import { pssBytes } from '../process-tree.js';
import { spread, type Spread } from '../report/statistics.js';

const WORKERS = 8;
const LOOK_MS = 5;
/** For what a start leaves to be collected, or still to be read. */
const SETTLES_MS = 1_000;

interface Start {
  name: string;
  args: (folder: string) => string[];
  environment?: (folder: string) => Record<string, string>;
}

interface Sample {
  startMs: number;
  pssBytes: number;
}

export interface StartFigures {
  name: string;
  /** From the command to the moment at which the last worker listens. */
  startMs: Spread;
  /** Of all its processes: what it has for itself, and its share of what several have. */
  pssBytes: Spread;
}

/** Starts of eight workers of one program, in turns. */
export async function measureStarts(rounds: number): Promise<StartFigures[]> {
  const { pm2 } = await installRivals((name) => name === 'pm2');
  if (typeof pm2 === 'string') console.log(`pm2 is left out: ${pm2}`);
  const starts = [reuseport, cluster, ...(typeof pm2 === 'string' ? [] : [pm2In(pm2.folder)])];
  const samples = new Map(starts.map(({ name }) => [name, [] as Sample[]]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % starts.length;
    for (const start of [...starts.slice(first), ...starts.slice(0, first)]) {
      samples.get(start.name)?.push(await measure(start));
    }
  }
  return [...samples].map(([name, all]) => {
    const [startMs, pssBytes] = [all.map((one) => one.startMs), all.map((one) => one.pssBytes)];
    return { name, startMs: spread(startMs), pssBytes: spread(pssBytes) };
  });
}

const program = inProject('bench', 'rivals', 'start-server.cjs');

const reuseport: Start = {
  name: 'reuseport',
  args: (folder) => [cliFile, 'run', program, '-w', String(WORKERS), '--control', path.join(folder, 'control.sock')],
};

const cluster: Start = {
  name: 'cluster',
  args: () => [inProject('bench', 'rivals', 'script-cluster.cjs')],
  environment: () => ({ BENCH_SCRIPT: program, BENCH_WORKERS: String(WORKERS) }),
};

function pm2In(installed: string): Start {
  return {
    name: 'pm2',
    args: (folder) => {
      const file = path.join(folder, 'ecosystem.config.json');
      const app = { name: 'start', script: program, instances: WORKERS, exec_mode: 'cluster' };
      writeFileSync(file, JSON.stringify({ apps: [app] }));
      return [path.join(installed, 'node_modules', 'pm2', 'bin', 'pm2'), 'start', file];
    },
    environment: (folder) => ({ PM2_HOME: path.join(folder, 'pm2'), PM2_DISABLE_VERSION_CHECK: 'true' }),
  };
}

async function measure({ name, args, environment }: Start): Promise<Sample> {
  const place = new Workplace();
  try {
    const host = '127.0.0.1';
    const listening = path.join(place.folder, 'listening');
    const address = { BENCH_HOST: host, BENCH_PORT: String(await freePort(host)), BENCH_LISTENING: listening };
    const own = { PATH: process.env['PATH'], HOME: place.folder, ...place.environment, ...address };
    const env = { ...own, ...environment?.(place.folder) };
    const words = args(place.folder);
    const began = process.hrtime.bigint();
    const child = spawn(process.execPath, words, { env, stdio: 'ignore' });
    await once(child, 'spawn');
    const lastNs = await lastOf(listening, name);
    await delay(SETTLES_MS);
    // One may have ended since.
    const bytes = place.processes().reduce((sum, pid) => sum + (pssBytes(pid) ?? 0), 0);
    return { startMs: Number(lastNs - began) / 1e6, pssBytes: bytes };
  } finally {
    await place.end(0);
    place.remove();
  }
}

/** When the last of the workers began to listen. */
async function lastOf(file: string, name: string): Promise<bigint> {
  const deadline = performance.now() + STEP_MS;
  for (;;) {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    if (lines.length >= WORKERS) {
      const times = lines.map((line) => BigInt(line.split(' ')[1] ?? '0'));
      return times.reduce((latest, ns) => (ns > latest ? ns : latest));
    }
    if (performance.now() > deadline) throw new Error(`${name}: ${lines.length} of ${WORKERS} workers listen`);
    await delay(LOOK_MS);
  }
}
