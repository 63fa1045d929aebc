/** What the kernel counts for TCP: always of the whole network namespace, which other services may share. */
import { readFileSync } from 'node:fs';

/** Words of /proc/net/snmp and /proc/net/netstat. */
const COUNTERS = {
  /** Segments with RST that were sent. */
  resetsSent: ['Tcp', 'OutRsts'],
  /** Established connections that ended by a reset, from either side. */
  connectionsReset: ['Tcp', 'EstabResets'],
  /** Connections that a listener could not take, for whatever reason. */
  listenDrops: ['TcpExt', 'ListenDrops'],
  /** Those of them that found the accept queue full. */
  listenOverflows: ['TcpExt', 'ListenOverflows'],
  /** Connections reset because they were closed with data unread. */
  abortsOnClose: ['TcpExt', 'TCPAbortOnClose'],
  /** Connections reset because data came after they had been closed. */
  abortsOnData: ['TcpExt', 'TCPAbortOnData'],
} as const;

export type KernelCounters = Record<keyof typeof COUNTERS, number>;

/** null where they cannot be read. */
export function readKernelCounters(): KernelCounters | null {
  try {
    return parseKernelCounters(readFileSync('/proc/net/snmp', 'utf8') + readFileSync('/proc/net/netstat', 'utf8'));
  } catch {
    return null;
  }
}

/** A line of names and a line of values for each group. A word that this kernel lacks counts as 0. */
export function parseKernelCounters(text: string): KernelCounters {
  const lines = text.split('\n');
  const entries = Object.entries(COUNTERS).map(([key, [group, word]]) => {
    const [names = '', values = ''] = lines.filter((line) => line.startsWith(`${group}:`));
    const index = names.split(' ').indexOf(word);
    return [key, index < 0 ? 0 : Number(values.split(' ')[index])];
  });
  return Object.fromEntries(entries) as KernelCounters;
}

export function since(before: KernelCounters | null, now: KernelCounters | null): KernelCounters | null {
  if (before === null || now === null) return null;
  const entries = Object.entries(now).map(([key, value]) => [key, value - before[key as keyof KernelCounters]]);
  return Object.fromEntries(entries) as KernelCounters;
}
