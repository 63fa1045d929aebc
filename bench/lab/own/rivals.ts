/** A user's own program under each way of sharing a port. */
import { cliFile, inProject } from '../../paths.js';
import type { Command } from '../../rivals.js';
import { controlOf, processesOf } from '../../steering/rivals.js';
import type { SteeringRival, SteeringSettings } from '../../steering/rivals.js';
import type { LabRival } from '../result.js';

export interface OwnScript {
  /** Absolute. */
  file: string;
  /** Where it listens whatever PORT says; undefined: it obeys PORT. */
  port: number | undefined;
}

const OTHERS = ['single', 'cluster-rr', 'cluster-none'] as const;
type Other = (typeof OTHERS)[number];

const TITLES: Record<Other, string> = {
  single: 'one process',
  'cluster-rr': 'node:cluster round robin',
  'cluster-none': 'node:cluster none (a shared listener)',
};

export const OWN_RIVALS: readonly string[] = [...OTHERS, 'hash', 'adaptive', 'idle'];
export const QUICK_OWN_RIVALS: readonly string[] = ['single', 'cluster-rr', 'hash', 'idle'];

const isOther = (name: string): name is Other => (OTHERS as readonly string[]).includes(name);

/** What the program is told, in the words that most programs obey. */
function environmentOf({ host, port, workers, folder }: SteeringSettings): Record<string, string> {
  return {
    HOST: host,
    PORT: String(port),
    NODE_ENV: 'production',
    BENCH_WORKERS: String(workers),
    HOME: process.env['HOME'] ?? folder,
    XDG_RUNTIME_DIR: folder,
  };
}

function otherCommand(name: Other, script: OwnScript, settings: SteeringSettings): Command {
  const env = environmentOf(settings);
  if (name === 'single') return { file: process.execPath, args: [script.file], env };
  const policy = name === 'cluster-rr' ? 'rr' : 'none';
  return {
    file: process.execPath,
    args: [inProject('bench', 'rivals', 'script-cluster.cjs')],
    env: { ...env, BENCH_SCRIPT: script.file, NODE_CLUSTER_SCHED_POLICY: policy },
  };
}

function policyCommand(name: string, script: OwnScript, settings: SteeringSettings): Command | string {
  const [policy = '', ...given] = name.split('@');
  const { host, port, folder } = settings;
  const threads = given.find((option) => option.startsWith('threads='))?.slice('threads='.length) ?? '1';
  const workers = processesOf(settings.workers, Number(threads));
  if (typeof workers === 'string') return workers;
  const options = given.flatMap((option) => [`--${option.split('=', 1)[0]}`, option.slice(option.indexOf('=') + 1)]);
  const args = ['run', script.file, '--steer', policy, '--workers', String(workers), '--bind', `${host}:${port}`];
  const quiet = ['--control', controlOf(folder), '--log-level', 'error'];
  return { file: process.execPath, args: [cliFile, ...args, ...quiet, ...options], env: environmentOf(settings) };
}

export function ownRivalNamed(script: OwnScript): (name: string) => SteeringRival {
  return (name) => ({
    name,
    controlled: !isOther(name),
    uid: undefined,
    ...(name === 'single' ? { single: true } : {}),
    ...(script.port === undefined ? {} : { port: script.port }),
    command(settings) {
      const own = isOther(name) ? otherCommand(name, script, settings) : policyCommand(name, script, settings);
      if (typeof own === 'string') return own;
      const [file = '', ...args] = [...settings.launcher, own.file, ...own.args];
      return { ...own, file, args };
    },
  });
}

export function describeOwnRival(name: string): LabRival {
  const runtime = `Node ${process.versions.node}`;
  if (isOther(name)) return { name, title: TITLES[name], family: 'rival', runtime };
  return { name, title: `reuseport --steer ${name.replaceAll('@', ', ')}`, family: 'ours', runtime };
}
