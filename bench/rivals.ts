import { existsSync } from 'node:fs';
import type { NodeBinary } from './node-binary.js';
import { epollServerFile, inProject } from './paths.js';

export interface ServerSettings {
  host: string;
  port: number;
  workers: number;
  backlogConnections: number;
}

export interface Command {
  file: string;
  args: string[];
  env: Record<string, string>;
}

export interface Binaries {
  /** Runs every Node rival, so that they differ in nothing but the way of sharing a port. */
  node: NodeBinary;
  /** Knows `reusePort` (22.12); a sentence why not when there is none. */
  nodeWithReusePort: NodeBinary | string;
}

export interface Rival {
  name: string;
  title: string;
  /** Does it run one serving process whatever the number of workers? */
  single: boolean;
  /** How to start it, or a sentence why it cannot run here. */
  command(settings: ServerSettings, binaries: Binaries): Command | string;
  /** The Node version that runs it. */
  nodeVersion(binaries: Binaries): string | undefined;
}

export function benchEnvironment(settings: ServerSettings): Record<string, string> {
  return {
    BENCH_HOST: settings.host,
    BENCH_PORT: String(settings.port),
    BENCH_WORKERS: String(settings.workers),
    BENCH_BACKLOG: String(settings.backlogConnections),
    NODE_ENV: 'production',
  };
}

const singleFile = inProject('bench', 'rivals', 'single.cjs');
const clusterFile = inProject('bench', 'rivals', 'cluster.cjs');
const nodeReusePortFile = inProject('bench', 'rivals', 'node-reuse-port.cjs');
const cliFile = inProject('dist', 'bundle', 'cli.js');

const usualNode = (binaries: Binaries): string => binaries.node.version;

function clusterRival(name: string, title: string, policy: 'rr' | 'none'): Rival {
  return {
    name,
    title,
    single: false,
    nodeVersion: usualNode,
    command: (settings, { node }) => ({
      file: node.file,
      args: [clusterFile],
      env: { ...benchEnvironment(settings), NODE_CLUSTER_SCHED_POLICY: policy },
    }),
  };
}

export function reuseportRival(
  name: string,
  policy: string,
  script = singleFile,
  title = `reuseport --steer ${policy}`,
): Rival {
  return {
    name,
    title,
    single: false,
    nodeVersion: usualNode,
    command(settings, { node }) {
      if (!existsSync(cliFile)) return `${cliFile} is not built`;
      const { workers, backlogConnections, port } = settings;
      const options = ['--workers', String(workers), '--backlog', String(backlogConnections), '--steer', policy];
      // The hash alone, blind as it is: with the watch a loop that warms up would be passed over.
      if (policy === 'hash') options.push('--rescue-after', '0ms');
      return {
        file: node.file,
        args: [cliFile, 'run', script, ...options, '--name', `bench-${process.pid}-${port}`],
        env: benchEnvironment(settings),
      };
    },
  };
}

/** `answersAs`: whose bytes it answers. */
export function epollRival(answersAs: 'node' | 'uws'): Rival {
  return {
    name: 'c-epoll',
    title: 'C++ epoll (limit)',
    single: false,
    nodeVersion: () => undefined,
    command(settings) {
      if (!existsSync(epollServerFile)) return `${epollServerFile} is not built`;
      const { host, port, workers, backlogConnections } = settings;
      return { file: epollServerFile, args: [host, port, workers, backlogConnections, answersAs].map(String), env: {} };
    },
  };
}

/** The rival that ratios are made against: what a Node user has without asking. */
export const baselineName = 'cluster-rr';

export const rivals: readonly Rival[] = [
  {
    name: 'single',
    title: 'one process',
    single: true,
    nodeVersion: usualNode,
    command: (settings, { node }) => ({ file: node.file, args: [singleFile], env: benchEnvironment(settings) }),
  },
  clusterRival(baselineName, 'node:cluster round robin', 'rr'),
  clusterRival('cluster-none', 'node:cluster none', 'none'),
  reuseportRival('reuseport', 'hash'),
  reuseportRival('reuseport-auto', 'auto'),
  {
    name: 'node-reuse-port',
    title: "Node's reusePort",
    single: false,
    nodeVersion: ({ nodeWithReusePort: node }) => (typeof node === 'string' ? undefined : node.version),
    command: (settings, { nodeWithReusePort: node }) =>
      typeof node === 'string' ? node : { file: node.file, args: [nodeReusePortFile], env: benchEnvironment(settings) },
  },
  epollRival('node'),
];
