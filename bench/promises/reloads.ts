import { totalFailures } from './failures.js';
import { runLoad } from '../load/loadgen.js';
import { startService } from './service.js';

export interface ReloadFigures {
  reloads: number;
  requests: number;
  failed: number;
  requestsPerSecond: number;
  medianReloadMs: number;
  p99Ms: number;
  maxMs: number;
}

/** Rolling reloads, one after the other, under an open loop of new connections. */
export async function measureReloads(reloads: number, ratePerSecond: number): Promise<ReloadFigures> {
  const service = await startService(2, ['--log-level', 'error']);
  const times: number[] = [];
  let requests = 0;
  let failed = 0;
  let elapsedNs = 0;
  let p99Ms = 0;
  let maxMs = 0;
  try {
    const done = new AbortController();
    const reloading = (async () => {
      for (let round = 0; round < reloads; round += 1) {
        const began = performance.now();
        await service.command('reload');
        times.push(performance.now() - began);
      }
      done.abort();
    })();
    while (!done.signal.aborted) {
      const target = `127.0.0.1:${service.port}`;
      const load = await runLoad({
        target,
        ratePerSecond,
        requestsPerConnection: 1,
        durationMs: 4_000,
        connections: 512,
      });
      requests += load.completed;
      failed += totalFailures(load);
      elapsedNs += load.elapsedNs;
      p99Ms = Math.max(p99Ms, load.latency.total.p99Ns / 1e6);
      maxMs = Math.max(maxMs, load.latency.total.maxNs / 1e6);
    }
    await reloading;
  } finally {
    await service.stop();
  }
  const medianReloadMs = times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
  return { reloads, requests, failed, requestsPerSecond: requests / (elapsedNs / 1e9), medianReloadMs, p99Ms, maxMs };
}
