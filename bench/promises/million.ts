import { readdirSync, readFileSync } from 'node:fs';
import { runLoad } from '../load/loadgen.js';
import { totalFailures } from './failures.js';
import { startService } from './service.js';

export interface MillionFigures {
  connections: number;
  failed: number;
  /** Resident memory of the master after each tenth of the connections, in bytes. */
  masterRssBytes: number[];
  masterDescriptors: number[];
  /** The master's own CPU time over all of them, in microseconds per connection. */
  masterCpuUsPerConnection: number;
  acceptedPerWorker: (number | null)[];
}

const TICKS_PER_SECOND = 100;

/** New connections by the hundred thousand: what they leave behind in the master. */
export async function measureMillion(connections: number): Promise<MillionFigures> {
  const service = await startService(2, ['--log-level', 'error']);
  const pid = service.server.rootPid;
  const masterRssBytes: number[] = [];
  const masterDescriptors: number[] = [];
  let failed = 0;
  try {
    const cpuBefore = cpuTicks(pid);
    for (let part = 0; part < 10; part += 1) {
      const target = `127.0.0.1:${service.port}`;
      const count = Math.round(connections / 10);
      const load = await runLoad({ target, count, connections: 16, requestsPerConnection: 1 });
      failed += totalFailures(load);
      masterRssBytes.push(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024);
      masterDescriptors.push(readdirSync(`/proc/${pid}/fd`).length);
    }
    const cpuUs = ((cpuTicks(pid) - cpuBefore) / TICKS_PER_SECOND) * 1e6;
    const { workers } = await service.status();
    const acceptedPerWorker = workers.map(({ accepted }) => accepted);
    const masterCpuUsPerConnection = cpuUs / connections;
    return { connections, failed, masterRssBytes, masterDescriptors, masterCpuUsPerConnection, acceptedPerWorker };
  } finally {
    await service.stop();
  }
}

function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
