import { totalFailures } from './failures.js';
import { runLoad } from '../load/loadgen.js';
import { startService } from './service.js';

export interface ReloadFigures {
  rounds: number;
  requests: number;
  failed: number;
  requestsPerSecond: number;
  medianMs: number;
  p99Ms: number;
  maxMs: number;
}

/**
 * Rolling reloads, or upgrades of the master with the rollout that follows each, one after the other under an open loop of
 * new connections.
 */
export async function measureReloads(
  command: 'reload' | 'upgrade',
  rounds: number,
  ratePerSecond: number,
): Promise<ReloadFigures> {
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
      for (let round = 0; round < rounds; round += 1) {
        const began = performance.now();
        await service.command(command);
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
    // After an upgrade the master is not the process that was started.
    await service.command('stop');
    await service.stop();
  }
  const medianMs = times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
  return { rounds, requests, failed, requestsPerSecond: requests / (elapsedNs / 1e9), medianMs, p99Ms, maxMs };
}
