/** A client and a server namespace with a given round trip between them, by sch_netem or, without it, a delay line. */
import { startDelayLine } from './delay-line.js';
import type { LineReport } from './delay-line.js';
import type { Place } from '../steering/place.js';
import { createNamespaces, inNamespace, ip, whyNoNamespaces } from './namespaces.js';
import type { NamespacePair } from './namespaces.js';
import type { OwnNetwork } from './own-network.js';

export interface NetworkPlan {
  roundTripMs: number;
  /** Each way. */
  lossPercent: number;
}

// 198.18.0.0/15 is reserved for benchmarks (RFC 2544), so it hides no address that this machine talks to.
const SERVER = '198.18.0.1';
const CLIENTS = '198.18.1.0/24';
const FIRST_CLIENT = '198.18.1.1';
const SOURCES = 250;
const DEVICE = 'line';
/** More packets than a burst of connections has at once: a full queue would be a loss that nobody meant. */
const QUEUE_PACKETS = '20000';

/** Returns a sentence when this machine cannot have one. */
export async function createDelayedNetwork(plan: NetworkPlan): Promise<OwnNetwork | string> {
  const reason = whyNoNamespaces();
  if (reason !== undefined) return reason;
  const pair = await createNamespaces();
  try {
    if (await joinByNetem(pair, plan)) {
      await address(pair);
      return network('netem', pair, async () => undefined);
    }
    const { roundTripMs, lossPercent } = plan;
    const line = await startDelayLine([pair.client, pair.server], DEVICE, roundTripMs / 2, lossPercent);
    await address(pair);
    return network('delay-line', pair, () => line.end());
  } catch (error) {
    pair.remove();
    throw error;
  }
}

async function joinByNetem(pair: NamespacePair, { roundTripMs, lossPercent }: NetworkPlan): Promise<boolean> {
  const other = ['peer', 'name', DEVICE, 'netns', pair.server];
  await ip('link', 'add', DEVICE, 'netns', pair.client, 'type', 'veth', ...other);
  const netem = ['netem', 'delay', `${roundTripMs / 2}ms`, 'loss', `${lossPercent}%`, 'limit', QUEUE_PACKETS];
  for (const name of [pair.client, pair.server]) {
    try {
      await ip('netns', 'exec', name, 'tc', 'qdisc', 'add', 'dev', DEVICE, 'root', ...netem);
    } catch {
      await ip('-n', pair.client, 'link', 'del', DEVICE); // this kernel has no sch_netem
      return false;
    }
  }
  return true;
}

/** The whole /24 is local to the client, so that a load may come from each of its addresses. */
async function address({ client, server }: NamespacePair): Promise<void> {
  for (const name of [client, server]) {
    // No link-local IPv6 address: its announcements would meet the other end before that is up.
    await ip('-n', name, 'link', 'set', 'dev', DEVICE, 'addrgenmode', 'none');
    await ip('-n', name, 'link', 'set', DEVICE, 'up', 'txqueuelen', QUEUE_PACKETS);
  }
  await ip('-n', server, 'address', 'add', `${SERVER}/32`, 'dev', 'lo');
  await ip('-n', client, 'route', 'add', 'local', CLIENTS, 'dev', 'lo');
  await ip('-n', client, 'route', 'add', `${SERVER}/32`, 'dev', DEVICE, 'src', FIRST_CLIENT);
  await ip('-n', server, 'route', 'add', CLIENTS, 'dev', DEVICE);
}

function network(
  how: OwnNetwork['how'],
  pair: NamespacePair,
  endLine: () => Promise<LineReport | undefined>,
): OwnNetwork {
  const place: Place = {
    host: SERVER,
    serverLauncher: inNamespace(pair.server),
    client: { launcher: inNamespace(pair.client), firstSource: FIRST_CLIENT, sources: SOURCES, allowAny: true },
  };
  let report: Promise<LineReport | undefined> | undefined;
  const close = async () => {
    report ??= endLine();
    try {
      return await report;
    } finally {
      pair.remove();
    }
  };
  return { how, place, close };
}
