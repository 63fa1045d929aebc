import { failuresOf, numberIn, rateOrError, urlOf } from './closed-loop.js';
import type { ClosedLoop, ClosedReport } from './closed-loop.js';

function read(output: string): ClosedReport {
  const errored = numberIn(output, /(\d+) errored/);
  const timeout = numberIn(output, /(\d+) timeout/);
  const status = numberIn(output, /(\d+) 4xx/) + numberIn(output, /(\d+) 5xx/);
  return {
    ratePerSecond: rateOrError('h2load', numberIn(output, /^finished in .*, ([\d.]+) req\/s/m), output),
    completed: numberIn(output, /(\d+) succeeded/),
    failures: failuresOf(status, timeout, errored),
  };
}

/** Over HTTP/1.1. */
export const h2load: ClosedLoop = {
  title: 'h2load, HTTP/1.1',
  source: { tool: 'h2load' },
  words(load) {
    if (load.newConnections) return 'h2load opens no connection for each request: choose another for that';
    const { connections, threads, seconds } = load;
    return ['--h1', '-c', String(connections), '-t', String(threads), '-D', String(seconds), urlOf(load)];
  },
  read,
};
