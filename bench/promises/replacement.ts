import { setTimeout as delay } from 'node:timers/promises';
import type { Status } from '../../src/observe/status.js';
import { STABLE_MS } from '../../src/supervisor/state.js';
import { spread } from '../report/statistics.js';
import { fetchRaw } from '../response.js';
import { type Service, startService } from './service.js';

/** Milliseconds from the SIGKILL of the only worker to the next answer of its slot, with a spare and without. */
export async function measureReplacement(rounds: number) {
  const options = ['--log-level', 'error', '--rescue-after', '0ms'];
  const spared = await startService(1, ['--spares', '1', ...options]);
  const plain = await startService(1, options);
  const times: { spared: number[]; plain: number[] } = { spared: [], plain: [] };
  try {
    for (let round = 0; round < rounds; round += 1) {
      // A worker that dies sooner is a crash loop to the master, and held back.
      await delay(STABLE_MS + 200);
      times.spared.push(
        await killedToAnswerMs(spared, ({ workers }) => workers.some(({ state }) => state === 'spare')),
      );
      times.plain.push(await killedToAnswerMs(plain, () => true));
    }
  } finally {
    await spared.stop();
    await plain.stop();
  }
  return { spared: spread(times.spared), plain: spread(times.plain) };
}

async function killedToAnswerMs(service: Service, isPrepared: (status: Status) => boolean): Promise<number> {
  const status = await service.status();
  const pid = status.workers.find(({ state }) => state === 'ready')?.pid;
  if (pid == null || !isPrepared(status)) throw new Error(`not prepared: ${JSON.stringify(status.workers)}`);
  const began = performance.now();
  process.kill(pid, 'SIGKILL');
  await fetchRaw('127.0.0.1', service.port, true, 20_000);
  return performance.now() - began;
}
