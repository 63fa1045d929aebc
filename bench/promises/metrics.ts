/** What `--metrics` costs: the master for each scrape, and the program's clients. */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { freePort } from '../free-port.js';
import { type LoadResult, runLoad } from '../load/loadgen.js';
import { pairedRatios, spread, type Spread } from '../report/statistics.js';
import { parseStat } from '../process-tree.js';
import { totalFailures } from './failures.js';
import { type Service, startService } from './service.js';

export interface ScrapeFigures {
  workers: number;
  scrapes: number;
  textBytes: number;
  /** CPU of the master, all its threads, for one scrape; of each block of scrapes. */
  masterCpuMs: Spread;
}

export interface MetricsFigures {
  rounds: number;
  failed: number;
  /** Keep-alive requests per second with a scrape each second, against those of a service without `--metrics`. */
  ratio: Spread;
  onPerSecond: Spread;
  offPerSecond: Spread;
}

const HOST = '127.0.0.1';
const BLOCKS = 5;
const SCRAPE_EVERY_MS = 1_000;

/** The last figure of a block is cut to a tick of 10 ms: a block of 50 scrapes is exact to 0.2 ms. */
export async function measureScrape(workers: number, scrapes: number): Promise<ScrapeFigures> {
  const port = await freePort(HOST);
  const service = await startService(workers, ['--metrics', String(port), '--log-level', 'error']);
  try {
    // The first ones run code that is not compiled yet: what a service is asked for months is not that.
    let textBytes = 0;
    for (let count = 0; count < 20; count += 1) textBytes = await scrape(port);
    const blocks: number[] = [];
    for (let block = 0; block < BLOCKS; block += 1) {
      const before = masterCpuMicros(service);
      for (let count = 0; count < scrapes; count += 1) await scrape(port);
      blocks.push((masterCpuMicros(service) - before) / scrapes / 1_000);
    }
    return { workers, scrapes: scrapes * BLOCKS, textBytes, masterCpuMs: spread(blocks) };
  } finally {
    await service.stop();
  }
}

/** One after the other, each first in every other round, and started anew: how the workers of a service share its connections is luck. */
export async function measureMetrics(rounds: number, durationMs: number): Promise<MetricsFigures> {
  const rates = { on: new Map<number, number>(), off: new Map<number, number>() };
  let failed = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const which of round % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const)) {
      const load = await measureRequests(which === 'on', durationMs);
      failed += totalFailures(load);
      rates[which].set(round, load.completedInWindow / (load.windowNs / 1e9));
    }
  }
  const ratio = pairedRatios(rates.on, rates.off) ?? spread([Number.NaN]);
  const [onPerSecond, offPerSecond] = [spread([...rates.on.values()]), spread([...rates.off.values()])];
  return { rounds, failed, ratio, onPerSecond, offPerSecond };
}

async function measureRequests(withMetrics: boolean, durationMs: number): Promise<LoadResult> {
  const port = await freePort(HOST);
  const args = ['--log-level', 'error'];
  const service = await startService(2, withMetrics ? ['--metrics', String(port), ...args] : args);
  const scrapes = withMetrics ? new Scrapes(port) : undefined;
  try {
    const target = `${HOST}:${service.port}`;
    const load = await runLoad({ target, durationMs, connections: 32, requestsPerConnection: 0 });
    await scrapes?.end();
    return load;
  } finally {
    scrapes?.stop();
    await service.stop();
  }
}

/** One each second. */
class Scrapes {
  readonly #failures: Error[] = [];
  readonly #all: Promise<void>[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(port: number) {
    this.#timer = setInterval(() => {
      const one = scrape(port).then(
        () => {},
        (error: unknown) => void this.#failures.push(error as Error),
      );
      this.#all.push(one);
    }, SCRAPE_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Rejects when one failed: without its scrapes the figure is not what it says. */
  async end(): Promise<void> {
    this.stop();
    await Promise.all(this.#all);
    const [first] = this.#failures;
    if (first === undefined) return;
    const text = `${this.#failures.length} of ${this.#all.length} scrapes failed: ${first.message}`;
    throw new Error(text, { cause: first });
  }
}

function masterCpuMicros({ server }: Service): number {
  return parseStat(readFileSync(`/proc/${server.rootPid}/stat`, 'utf8')).cpuMicros;
}

function scrape(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: HOST, port, path: '/metrics', agent: false }, (response) => {
      let bytes = 0;
      response.on('data', (data: Buffer) => (bytes += data.length));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(bytes);
        else reject(new Error(`GET /metrics: status ${response.statusCode}`));
      });
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}
