import type { Bench } from 'tinybench';
import { decodeToMaster, decodeToWorker } from '../../src/channel/messages.js';
import type { ToMaster, ToWorker } from '../../src/channel/messages.js';

const stats: ToMaster = {
  type: 'stats',
  id: 1_234,
  stats: { requests: 1_234_567, openConnections: 812, accepted: 98_765, loopUtilization: 0.42 },
};
const adopt: ToWorker = { type: 'adopt', id: 3, key: 'tcp 127.0.0.1 3000', data: null };

export function addMessageTasks(bench: Bench): void {
  const statsBytes = Buffer.from(JSON.stringify(stats));
  const adoptBytes = Buffer.from(JSON.stringify(adopt));
  bench
    .add('encode stats', () => void JSON.stringify(stats))
    .add('decode stats (to master)', () => void decodeToMaster(statsBytes))
    .add('encode adopt', () => void JSON.stringify(adopt))
    .add('decode adopt (to worker)', () => void decodeToWorker(adoptBytes));
}
