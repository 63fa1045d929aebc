import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined; // not on this kernel, or not for us
  }
}

export interface CpuTicks {
  total: number;
  steal: number;
}

/** The `cpu` line of /proc/stat: user nice system idle iowait irq softirq steal (guest is within user). */
export function parseCpuTicks(text: string): CpuTicks {
  const line = /^cpu +(.*)$/m.exec(text)?.[1] ?? '';
  const fields = line.split(' ').map(Number).slice(0, 8);
  return { total: fields.reduce((sum, ticks) => sum + ticks, 0), steal: fields[7] ?? 0 };
}

/** One counter of /proc/net/netstat, whose lines come in pairs: names, then values. */
export function parseNetstat(text: string, group: string, name: string): number {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith(`${group}: `))
    .map((line) => line.split(' '));
  const index = names?.indexOf(name) ?? -1;
  return index < 0 ? 0 : Number(values?.[index] ?? 0);
}

/** A counter of the network in which that process is, by its name in the group TcpExt. */
export function tcpCounterOf(pid: number, name: string): number {
  return parseNetstat(readText(`/proc/${pid}/net/netstat`) ?? '', 'TcpExt', name);
}

export interface SystemCounters {
  cpu: CpuTicks;
  listenOverflows: number;
  listenDrops: number;
}

/** Counters of the whole machine and network namespace: only differences mean something. */
export function systemCounters(): SystemCounters {
  const netstat = readText('/proc/net/netstat') ?? '';
  return {
    cpu: parseCpuTicks(readText('/proc/stat') ?? ''),
    listenOverflows: parseNetstat(netstat, 'TcpExt', 'ListenOverflows'),
    listenDrops: parseNetstat(netstat, 'TcpExt', 'ListenDrops'),
  };
}

/** What a figure depends on and nobody remembers later. */
export function describeEnvironment() {
  const ipv4 = '/proc/sys/net/ipv4';
  return {
    kernel: release(),
    architecture: process.arch,
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    governor: readText('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor') ?? 'unknown',
    loadAverage1: loadavg()[0] ?? 0,
    somaxconn: Number(readText('/proc/sys/net/core/somaxconn') ?? Number.NaN),
    congestionControl: readText(`${ipv4}/tcp_congestion_control`) ?? 'unknown',
    timeWaitBuckets: Number(readText(`${ipv4}/tcp_max_tw_buckets`) ?? Number.NaN),
  };
}

export type Environment = ReturnType<typeof describeEnvironment>;
