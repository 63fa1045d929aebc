/** Everything that takes part in the lab, by name: how it is started, and what a reader is told of it. */
import { existsSync } from 'node:fs';
import type { NodeBinary } from '../node-binary.js';
import { epollServerFile, inProject } from '../paths.js';
import { programRival, rivalNamed } from '../steering/rivals.js';
import type { SteeringRival } from '../steering/rivals.js';
import type { LabRival } from './result.js';

export interface LabBinaries {
  /** Of this process: it runs every Node rival but one. */
  nodeVersion: string;
  /** Knows `reusePort` (22.12); a sentence why not when there is none. */
  nodeWithReusePort: NodeBinary | string;
  /** A folder that has PM2 in node_modules; a sentence why not when there is none. */
  pm2: { folder: string } | string;
}

interface Entry {
  rival: SteeringRival;
  title: string;
  family: LabRival['family'];
  runtime: string | undefined;
}

const rivalFile = (name: string): string => inProject('bench', 'rivals', name);

function reusePortRival(node: NodeBinary | string): SteeringRival {
  const name = 'node-reuse-port';
  const file = rivalFile('steering-cluster.cjs');
  if (typeof node === 'string') return { ...programRival(name, file), command: () => node };
  return programRival(name, file, { BENCH_LISTENER: 'reuse-port' }, node.file);
}

function pm2Rival(installed: LabBinaries['pm2']): SteeringRival {
  const file = rivalFile('steering-pm2.cjs');
  if (typeof installed === 'string') return { ...programRival('pm2', file), command: () => installed };
  return programRival('pm2', file, { BENCH_PM2: installed.folder });
}

const epollRival: SteeringRival = {
  name: 'c-epoll',
  controlled: false,
  uid: undefined,
  command({ host, port, workers, backlogConnections }) {
    if (!existsSync(epollServerFile)) return `${epollServerFile} is not built`;
    return { file: epollServerFile, args: [host, port, workers, backlogConnections].map(String), env: {} };
  },
};

const restartRival = (name: string, kind: 'cluster' | 'plain', restart: 'kill' | 'graceful'): SteeringRival =>
  programRival(name, rivalFile('steering-restart.cjs'), { BENCH_KIND: kind, BENCH_RESTART: restart });

/** Those that are not ours, by name. */
function others({ nodeVersion, nodeWithReusePort, pm2 }: LabBinaries): Entry[] {
  const runtime = `Node ${nodeVersion}`;
  const rival = (title: string, rival: SteeringRival): Entry => ({ rival, title, family: 'rival', runtime });
  const cluster = (name: string, policy: 'rr' | 'none'): SteeringRival =>
    programRival(name, rivalFile('steering-cluster.cjs'), { NODE_CLUSTER_SCHED_POLICY: policy });
  return [
    rival('one process', { ...programRival('single', rivalFile('steering-server.cjs')), single: true }),
    rival('node:cluster round robin', cluster('cluster-rr', 'rr')),
    rival('node:cluster none', cluster('cluster-none', 'none')),
    {
      ...rival("Node's own reusePort", reusePortRival(nodeWithReusePort)),
      runtime: typeof nodeWithReusePort === 'string' ? undefined : `Node ${nodeWithReusePort.version}`,
    },
    rival('one shared listener', rivalNamed('shared')),
    rival('SO_REUSEPORT alone', rivalNamed('plain')),
    rival('node:cluster, workers killed', restartRival('cluster-kill', 'cluster', 'kill')),
    rival('node:cluster, rolling restart', restartRival('cluster-graceful', 'cluster', 'graceful')),
    rival('PM2 7, cluster mode', pm2Rival(pm2)),
    rival('SO_REUSEPORT alone, workers killed', restartRival('plain-kill', 'plain', 'kill')),
    { rival: epollRival, title: 'C++ epoll (limit)', family: 'limit', runtime: undefined },
  ];
}

function policyEntry(name: string, nodeVersion: string): Entry {
  const [policy = '', ...options] = name.split('@');
  const with_ = options.map((option) => `, ${option.replace('=', ' ')}`).join('');
  const title = `reuseport --steer ${policy}${with_}`;
  return { rival: rivalNamed(name), title, family: 'ours', runtime: `Node ${nodeVersion}` };
}

/** Any name that is not one of the others is a policy, with options of `reuseport run` behind an @ each. */
function entryOf(name: string, binaries: LabBinaries): Entry {
  return others(binaries).find(({ rival }) => rival.name === name) ?? policyEntry(name, binaries.nodeVersion);
}

export function labRivalNamed(binaries: LabBinaries): (name: string) => SteeringRival {
  return (name) => entryOf(name, binaries).rival;
}

export function describeRival(name: string, binaries: LabBinaries): LabRival {
  const { title, family, runtime } = entryOf(name, binaries);
  return runtime === undefined ? { name, title, family } : { name, title, family, runtime };
}
