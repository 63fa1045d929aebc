import type { KernelCounters } from '../supervisor/kernel-counters.js';
import type { ReloadReport } from '../supervisor/reload-report.js';

/** What a reload has cost, as a person reads it. */
export function formatReload(report: ReloadReport): string {
  const { generation, workers, tookMs, accepted, handedOver, uncountedWorkers, namespace } = report;
  const head = `reloaded: generation ${generation}, ${count(workers, 'worker')}, ${tookMs} ms`;
  const without = uncountedWorkers === 0 ? '' : ` (without ${count(uncountedWorkers, 'worker')} that did not say)`;
  const served = `  meanwhile: ${count(accepted, 'connection')} accepted${without}, ${handedOver} handed over open`;
  return [head, served, rescueLine(report), namespaceLine(namespace)].filter((line) => line !== null).join('\n');
}

function rescueLine({ stolen, migrated, longestStuckMs }: ReloadReport): string | null {
  if (stolen + migrated === 0) return null;
  return `  rescued from queues: ${stolen + migrated}, of loops that stood still for ${longestStuckMs} ms at the most`;
}

/** The kernel does not count by service. */
function namespaceLine(counters: KernelCounters | null): string | null {
  if (counters === null) return null;
  const { resetsSent, connectionsReset, listenDrops, listenOverflows } = counters;
  const drops = `${listenDrops} dropped by listeners (${listenOverflows} of them for want of room)`;
  return `  this network namespace, by all in it: ${resetsSent} resets sent, ${connectionsReset} connections reset, ${drops}`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
