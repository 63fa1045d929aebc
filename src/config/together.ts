/** What is wrong with values that are sound each by itself. Pure. */
import { collide } from '../supervisor/address.js';
import { formatBind } from './bind.js';
import type { BindAddress, Resolution } from './resolved-config.js';
import { tooManyLoops } from './workers.js';

type Resolved = Pick<Resolution, 'config' | 'sources'>;

/** A sentence for each, with where the values come from. */
export function problemsTogether(resolved: Resolved): string[] {
  return [loopsProblem(resolved), endpointsProblem(resolved), pidfileProblem(resolved)].filter(
    (problem) => problem !== null,
  );
}

function loopsProblem({ config: { workers, threads }, sources }: Resolved): string | null {
  const problem = tooManyLoops(workers, threads);
  if (problem === null) return null;
  return `threads: ${problem}. Fewer of either (${sources.workers.text}, ${sources.threads.text})`;
}

/** Each is a listener of its own, without SO_REUSEPORT. */
function endpointsProblem({ config: { metrics, dashboard }, sources }: Resolved): string | null {
  if (metrics === undefined || dashboard === undefined || dashboard.port === 0) return null;
  if (!collide(boundAs(metrics), boundAs(dashboard))) return null;
  const [mine, other] = [formatBind(dashboard), formatBind(metrics)];
  const taken = mine === other ? `${mine} is that of metrics, too` : `${mine} is taken by metrics on ${other}`;
  return `dashboard: ${taken}, and each needs an address of its own. Give one of them another port (${sources.metrics.text}, ${sources.dashboard.text})`;
}

/** It is put in the place of whatever has its name: a log would go on in a file that nobody finds. */
function pidfileProblem({ config, sources }: Resolved): string | null {
  const { pidfile } = config;
  const other = (['logFile', 'accessLog', 'controlPath'] as const).find((name) => config[name] === pidfile);
  if (pidfile === undefined || other === undefined) return null;
  const what = other === 'controlPath' ? 'control' : other;
  return `pidfile: ${pidfile} is that of ${what}, too, and each needs a file of its own (${sources[other].text}, ${sources.pidfile.text})`;
}

/** Names are not looked up: two of one host are found to be in use when they are bound. */
function boundAs({ host = '', port }: BindAddress) {
  return { family: host.includes(':') ? 'IPv6' : 'IPv4', address: host, port, ipv6Only: false } as const;
}
