/** The open loop of new connections, in phases that are measured apart. */
import { type LoadResult, type RunningLoad, startLoad } from '../load/loadgen.js';
import { PATIENCE_MS } from '../patience.js';
import { mergeHistograms, percentileNs } from '../report/histogram.js';
import type { LostRequest } from '../load/loadgen.js';
import { HOST } from './subject.js';

/** So many at a time, then those that are due wait for one: a service that stands still for seconds meets them. */
const MOST_CONNECTIONS = 16_384;
/** Its longest run. */
const HOUR_MS = 3_600_000;
/** Port numbers come round again, address by address, only after minutes at a few thousand a second. */
const SOURCES = 250;

export interface LoadSummary {
  ratePerSecond: number;
  answered: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Of one core: the generator has one thread. */
  clientCpuShare: number;
  /** How late the generator itself was. */
  lagP99Ms: number;
}

export class OpenLoop {
  readonly byPhase = new Map<string, LoadResult[]>();
  readonly #target: string;
  readonly #ratePerSecond: number;
  #phase: string;
  #running: RunningLoad;

  constructor(port: number, ratePerSecond: number, phase: string) {
    this.#target = `${HOST}:${port}`;
    this.#ratePerSecond = ratePerSecond;
    this.#phase = phase;
    this.#running = this.#start();
  }

  async next(phase: string): Promise<void> {
    const former = this.#running;
    const formerPhase = this.#phase;
    this.#phase = phase;
    this.#running = this.#start();
    await this.#take(former, formerPhase);
  }

  async end(): Promise<void> {
    await this.#take(this.#running, this.#phase);
  }

  losses(): LostRequest[] {
    return this.#results.flatMap(({ losses }) => losses);
  }

  /** Answers with another status than 2xx: these have no address. */
  wrongStatuses(): number {
    return this.#results.reduce((sum, { failures }) => sum + failures.status, 0);
  }

  summary(): LoadSummary {
    const results = this.#results;
    const total = mergeHistograms(results.map(({ latency }) => latency.total));
    const lag = mergeHistograms(results.map(({ latency }) => latency.lag));
    const sum = (of: (result: LoadResult) => number): number => results.reduce((all, one) => all + of(one), 0);
    const elapsedNs = sum((one) => one.elapsedNs);
    return {
      ratePerSecond: (sum((one) => one.completed) / elapsedNs) * 1e9,
      answered: sum((one) => one.completed),
      p50Ms: percentileNs(total, 0.5) / 1e6,
      p99Ms: percentileNs(total, 0.99) / 1e6,
      maxMs: total.maxNs / 1e6,
      clientCpuShare: sum(({ cpu }) => cpu.userNs + cpu.systemNs) / elapsedNs,
      lagP99Ms: percentileNs(lag, 0.99) / 1e6,
    };
  }

  get #results(): LoadResult[] {
    return [...this.byPhase.values()].flat();
  }

  #start(): RunningLoad {
    return startLoad({
      target: this.#target,
      ratePerSecond: this.#ratePerSecond,
      requestsPerConnection: 1,
      connections: MOST_CONNECTIONS,
      sources: SOURCES,
      durationMs: HOUR_MS,
      timeoutMs: PATIENCE_MS,
    });
  }

  async #take(load: RunningLoad, phase: string): Promise<void> {
    load.end();
    const results = this.byPhase.get(phase) ?? [];
    results.push(await load.result);
    this.byPhase.set(phase, results);
  }
}
