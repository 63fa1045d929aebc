/** Everything that takes part in the lab, by name: how it is started, and what a reader is told of it. */
import { existsSync } from 'node:fs';
import type { Installed } from '../install.js';
import type { NodeBinary } from '../node-binary.js';
import { epollServerFile, inProject } from '../paths.js';
import { programRival, rivalNamed } from '../steering/rivals.js';
import type { SteeringRival } from '../steering/rivals.js';
import { debianRivals } from './debian-rivals.js';
import { npmRivals } from './npm-rivals.js';
import type { LabRival } from './result.js';
import type { RivalEntry } from './rival-entry.js';

export interface LabBinaries extends Installed {
  /** Of this process: it runs every Node rival but one. */
  nodeVersion: string;
  /** Knows `reusePort` (22.12); a sentence why not when there is none. */
  nodeWithReusePort: NodeBinary | string;
}

const rivalFile = (name: string): string => inProject('bench', 'rivals', name);

function reusePortRival(node: NodeBinary | string): SteeringRival {
  const name = 'node-reuse-port';
  const file = rivalFile('steering-cluster.cjs');
  if (typeof node === 'string') return { ...programRival(name, file), command: () => node };
  return programRival(name, file, { BENCH_LISTENER: 'reuse-port' }, node.file);
}

const epollRival: SteeringRival = {
  name: 'c-epoll',
  onlyRoot: true,
  controlled: false,
  uid: undefined,
  command({ launcher, host, port, workers, backlogConnections }) {
    if (!existsSync(epollServerFile)) return `${epollServerFile} is not built`;
    const words = [...launcher, epollServerFile, host, port, workers, backlogConnections].map(String);
    const [file = '', ...args] = words;
    return { file, args, env: {} };
  },
};

const restartRival = (name: string, kind: 'cluster' | 'plain', restart: 'kill' | 'graceful' | 'close'): SteeringRival =>
  programRival(name, rivalFile('steering-restart.cjs'), { BENCH_KIND: kind, BENCH_RESTART: restart });

/** Those that are not ours, by name. */
export function otherRivals(binaries: LabBinaries): RivalEntry[] {
  const { nodeVersion, nodeWithReusePort } = binaries;
  const runtime = `Node ${nodeVersion}`;
  const rival = (title: string, rival: SteeringRival): RivalEntry => ({ rival, title, family: 'rival', runtime });
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
    rival('uWebSockets.js alone', rivalNamed('plain-uws')),
    rival('node:cluster, workers killed', restartRival('cluster-kill', 'cluster', 'kill')),
    rival('node:cluster, rolling restart', restartRival('cluster-graceful', 'cluster', 'graceful')),
    rival('SO_REUSEPORT alone, workers killed', restartRival('plain-kill', 'plain', 'kill')),
    rival('SO_REUSEPORT alone, server.close()', restartRival('plain-close', 'plain', 'close')),
    ...npmRivals(binaries),
    ...debianRivals,
    { rival: epollRival, title: 'C++ epoll (limit)', family: 'limit', runtime: undefined },
  ];
}

/** Options that are told better than by their name. */
const IN_WORDS: Readonly<Record<string, (value: string) => string>> = {
  server: (value) => (value === 'uws' ? 'uWebSockets.js' : value),
  threads: (value) => `${value} threads in each process`,
};

function inWords(option: string): string {
  const [word = '', value = ''] = option.split('=', 2);
  return IN_WORDS[word]?.(value) ?? `${word} ${value}`;
}

function policyEntry(name: string, nodeVersion: string): RivalEntry {
  const [policy = '', ...options] = name.split('@');
  const title = [`reuseport --steer ${policy}`, ...options.map(inWords)].join(', ');
  return { rival: rivalNamed(name), title, family: 'ours', runtime: `Node ${nodeVersion}` };
}

/** Any name that is not one of the others is a policy, with options of `reuseport run` behind an @ each. */
function entryOf(name: string, binaries: LabBinaries): RivalEntry {
  return otherRivals(binaries).find(({ rival }) => rival.name === name) ?? policyEntry(name, binaries.nodeVersion);
}

export function labRivalNamed(binaries: LabBinaries): (name: string) => SteeringRival {
  return (name) => entryOf(name, binaries).rival;
}

export function describeRival(name: string, binaries: LabBinaries): LabRival {
  const { title, family, runtime } = entryOf(name, binaries);
  return runtime === undefined ? { name, title, family } : { name, title, family, runtime };
}
