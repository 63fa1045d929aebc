/** A network that belongs to one experiment, with settings that nobody else sees. */
import { spawnSync } from 'node:child_process';
import type { Place } from '../steering/place.js';
import type { LineReport } from './delay-line.js';
import { createNamespace, inNamespace, whyNoNamespaces } from './namespaces.js';

export interface OwnNetwork {
  how: 'netem' | 'delay-line' | 'loopback';
  place: Place;
  /** Idempotent. The report is there for a delay line only. */
  close(): Promise<LineReport | undefined>;
}

/** Nothing but a loopback device. Returns a sentence when this machine cannot have one. */
export async function createOwnLoopback(): Promise<OwnNetwork | string> {
  const reason = whyNoNamespaces();
  if (reason !== undefined) return reason;
  const { name, remove } = await createNamespace();
  const launcher = inNamespace(name);
  const close = async (): Promise<undefined> => remove() as undefined;
  return { how: 'loopback', place: { host: '127.0.0.1', serverLauncher: launcher, client: { launcher } }, close };
}

/** Sets a value under /proc/sys/net of the network that the words lead to. */
export function setInNetwork(launcher: readonly string[], name: string, value: string): void {
  const [command = 'env', ...args] = launcher;
  const { status, stderr } = spawnSync(command, [...args, 'tee', `/proc/sys/net/${name}`], {
    input: value,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`net.${name.replaceAll('/', '.')} = ${value}: ${stderr.trim()}`);
}
