/** The configuration of a service as a person reads it: each value, and where it comes from. */
import { formatBind } from '../config/bind.js';
import { formatDuration } from '../config/duration.js';
import type { Resolution, ResolvedConfig } from '../config/resolved-config.js';
import { formatWorkers } from '../config/workers.js';

type Member = keyof ResolvedConfig;

/** Members that are not named like the option that sets them. */
const TITLES: Partial<Record<Member, string>> = {
  configFile: 'config',
  backlogConnections: 'backlog',
  workingDirectory: 'chdir',
  nodeArgs: 'nodeArg',
  controlPath: 'control',
  surgeWorkers: 'surge',
  spareWorkers: 'spares',
  maxRssBytes: 'maxRss',
};

interface ShownValue {
  title: string;
  value: string;
  source: string;
}

const titleOf = (member: Member): string => TITLES[member] ?? member.replace(/Ms$/, '');

function valueOf(member: Member, config: ResolvedConfig): string {
  const { env, umask, workers } = config;
  if (member === 'workers') return formatWorkers(workers);
  // Values of variables are often secrets.
  if (member === 'env') return Object.keys(env).join(' ') || '–';
  if (member === 'bind' || member === 'metrics' || member === 'dashboard' || member === 'statsd') {
    const address = config[member];
    return address === undefined ? '–' : formatBind(address);
  }
  if (member === 'umask') return umask === undefined ? '–' : umask.toString(8).padStart(3, '0');
  const value = config[member];
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '–';
  if (member.endsWith('Ms') && typeof value === 'number') return formatDuration(value);
  return Array.isArray(value) ? value.join(' ') : String(value);
}

export function shownConfig({ config, sources }: Resolution): ShownValue[] {
  return (Object.keys(config) as Member[]).map((member) => {
    return { title: titleOf(member), value: valueOf(member, config), source: sources[member].text };
  });
}

export function formatConfig(resolution: Resolution): string {
  const rows = shownConfig(resolution);
  const [titles, values] = (['title', 'value'] as const).map((key) => Math.max(...rows.map((row) => row[key].length)));
  return [
    ...rows.map(({ title, value, source }) => `${title.padEnd(titles ?? 0)}  ${value.padEnd(values ?? 0)}  ${source}`),
    ...resolution.warnings.map((warning) => `warning: ${warning}`),
  ].join('\n');
}

export function configAsJson(resolution: Resolution): string {
  const entries = shownConfig(resolution).map(({ title, value, source }) => [title, { value, source }] as const);
  return JSON.stringify({ options: Object.fromEntries(entries), warnings: resolution.warnings });
}
