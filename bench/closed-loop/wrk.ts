import { noFailures, numberIn, rateOrError, urlOf } from './closed-loop.js';
import type { ClosedLoop, ClosedReport } from './closed-loop.js';

function read(output: string): ClosedReport {
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output);
  const [refused = 0, read = 0, write = 0, timeout = 0] = (errors ?? []).slice(1).map(Number);
  const status = numberIn(output, /Non-2xx or 3xx responses: (\d+)/);
  return {
    ratePerSecond: rateOrError('wrk', numberIn(output, /^Requests\/sec: +([\d.]+)$/m), output),
    completed: numberIn(output, /^ +(\d+) requests in /m) - status,
    failures: { ...noFailures, refused, reset: read + write, timeout, status },
  };
}

export const wrk: ClosedLoop = {
  title: 'wrk',
  source: { tool: 'wrk' },
  words: (load) => [
    '-c',
    String(load.connections),
    '-t',
    String(load.threads),
    '-d',
    `${load.seconds}s`,
    ...(load.newConnections ? ['-H', 'Connection: close'] : []),
    urlOf(load),
  ],
  read,
};
