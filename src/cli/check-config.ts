import { availableParallelism } from 'node:os';
import { poolOf, poolTrouble, showPlan } from '../check/pool.js';
import type { RunFlags } from '../config/flags.js';
import { currentHost } from '../config/host.js';
import { processorTime, usableProcessors } from '../config/processors.js';
import { resolveConfig } from '../config/resolve.js';
import type { ResolvedConfig } from '../config/resolved-config.js';
import { resolveWorkers } from '../config/workers.js';
import { configAsJson, formatConfig } from './show-config.js';

/**
 * What `run` would be configured as, as text. Nothing is started. `pool` is the size that was asked about.
 * @throws ReuseportError as `run` would, of its configuration.
 */
export async function checkConfig(flags: RunFlags, json: boolean, pool: number | undefined): Promise<string> {
  const resolution = await resolveConfig(flags, currentHost());
  const warnings = [...resolution.warnings, ...poolWarnings(resolution.config, pool)];
  return json ? configAsJson({ ...resolution, warnings }) : formatConfig({ ...resolution, warnings });
}

function poolWarnings({ workers, threads, env }: ResolvedConfig, asked: number | undefined): string[] {
  const pool = poolOf(asked, { ...process.env, ...env });
  if (pool === null) return [];
  const processors = usableProcessors(availableParallelism());
  // A pool belongs to an event loop.
  const loops = resolveWorkers(workers, processors, threads).max * threads;
  const plan = { workers: loops, pool, processors: processorTime(processors) };
  const trouble = poolTrouble(plan);
  if (trouble === null) return [];
  return [`${showPlan(plan)}. ${trouble.meaning} What mends it: ${trouble.mend.join(', or ')}`];
}
