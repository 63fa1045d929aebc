/** Sysctls of this network namespace, and how each network card spreads what it receives over the processors. */
import { type HostFiles, listOf, readFrom } from './host-files.js';
import { parseCount } from './read-process.js';
import { known, type Reading } from './reading.js';

const CLASS = '/sys/class/net';
const SYSCTLS = '/proc/sys/net';

export interface NetworkReadings {
  /** net.core.somaxconn, in connections. */
  somaxconn: Reading<number>;
  /** net.ipv4.tcp_max_syn_backlog, in handshakes. */
  maxSynBacklog: Reading<number>;
  /** net.ipv4.tcp_syncookies: 0 never, 1 when the queue is full, 2 always. */
  synCookies: Reading<number>;
  /** net.ipv4.tcp_migrate_req. */
  migrateReq: Reading<number>;
  /** net.core.rps_sock_flow_entries. */
  flowEntries: Reading<number>;
  /** Network cards that are up; interfaces without a device (bridges, veth, tunnels) are left out. */
  cards: Reading<NetworkCard[]>;
}

export interface NetworkCard {
  name: string;
  receiveQueues: number;
  /** RPS: at least one queue hands its packets to other processors. */
  rps: boolean;
}

export function readNetwork(files: HostFiles): NetworkReadings {
  const sysctl = (name: string) => readFrom(files, `${SYSCTLS}/${name}`, parseCount);
  return {
    somaxconn: sysctl('core/somaxconn'),
    maxSynBacklog: sysctl('ipv4/tcp_max_syn_backlog'),
    synCookies: sysctl('ipv4/tcp_syncookies'),
    migrateReq: sysctl('ipv4/tcp_migrate_req'),
    flowEntries: sysctl('core/rps_sock_flow_entries'),
    cards: readCards(files),
  };
}

function readCards(files: HostFiles): Reading<NetworkCard[]> {
  const names = listOf(files, CLASS);
  return names.known ? known(names.value.flatMap((name) => cardNamed(files, name))) : names;
}

function cardNamed(files: HostFiles, name: string): NetworkCard[] {
  const entries = listOf(files, `${CLASS}/${name}`);
  const state = readFrom(files, `${CLASS}/${name}/operstate`, (text) => text);
  const queues = listOf(files, `${CLASS}/${name}/queues`);
  if (!entries.known || !entries.value.includes('device') || !state.known || !queues.known) return [];
  const receive = queues.value.filter((queue) => queue.startsWith('rx-'));
  if (state.value !== 'up' || receive.length === 0) return [];
  const rps = receive.some((queue) => {
    const mask = readFrom(files, `${CLASS}/${name}/queues/${queue}/rps_cpus`, (text) => text);
    return mask.known && /[1-9a-f]/.test(mask.value);
  });
  return [{ name, receiveQueues: receive.length, rps }];
}
