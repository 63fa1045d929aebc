import { failuresOf, rateOrError, urlOf } from './closed-loop.js';
import type { ClosedLoop, ClosedReport } from './closed-loop.js';

/** What is read of its JSON. */
interface AutocannonReport {
  /** Seconds. */
  duration: number;
  '2xx': number;
  non2xx: number;
  errors: number;
  timeouts: number;
}

function read(output: string): ClosedReport {
  const report = JSON.parse(output) as AutocannonReport;
  const { duration, '2xx': completed, non2xx: status, timeouts: timeout, errors } = report;
  return {
    ratePerSecond: rateOrError('autocannon', completed / duration, output),
    completed,
    failures: failuresOf(status, timeout, errors),
  };
}

export const autocannon: ClosedLoop = {
  title: 'autocannon',
  source: { npm: 'autocannon' },
  words(load) {
    // With --reconnectRate 1 it counts no answer, with Connection: close each second one.
    if (load.newConnections) return 'autocannon does not count what it gets on connections for one request each';
    const [connections, seconds] = [String(load.connections), String(load.seconds)];
    return ['--json', '--no-progress', '--connections', connections, '--duration', seconds, urlOf(load)];
  },
  read,
};
