/** What /proc says of this process: its rights and limits. */
import { type HostFiles, readFrom } from './host-files.js';
import type { Reading } from './reading.js';

/** Bits of the capability sets, include/uapi/linux/capability.h. */
const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
const CAP_BPF = 39n;
/** The first one maps all 2^32 - 1 ids, to themselves. */
const INITIAL_USER_NAMESPACE = /^\s*0\s+0\s+4294967295$/;
const SECCOMP_FILTER = 2;

export interface Rights {
  /** In the effective set. CAP_SYS_ADMIN includes what the others allow of bpf(2). */
  capBpf: boolean;
  capPerfmon: boolean;
  capSysAdmin: boolean;
  /** A seccomp filter, as of a container's profile, is on this process. */
  filtered: boolean;
}

export interface FileLimits {
  /** RLIMIT_NOFILE; Infinity where it says unlimited. Node lifts the soft one to the hard one when it starts. */
  soft: number;
  hard: number;
}

export interface ProcessReadings {
  rights: Reading<Rights>;
  /** False in a user namespace of its own, whose capabilities do not count for bpf(2). */
  initialUserNamespace: Reading<boolean>;
  /** Number of the last capability that this kernel knows. */
  lastCapability: Reading<number>;
  openFiles: Reading<FileLimits>;
  /** RLIMIT_MEMLOCK, soft, in bytes: until Linux 5.11 it counts BPF memory. */
  lockedBytes: Reading<number>;
}

export function readProcess(files: HostFiles): ProcessReadings {
  const limits = '/proc/self/limits';
  return {
    rights: readFrom(files, '/proc/self/status', parseRights),
    initialUserNamespace: readFrom(files, '/proc/self/uid_map', (text) => INITIAL_USER_NAMESPACE.test(text)),
    lastCapability: readFrom(files, '/proc/sys/kernel/cap_last_cap', parseCount),
    openFiles: readFrom(files, limits, (text) => parseLimit(text, 'Max open files')),
    lockedBytes: readFrom(files, limits, (text) => parseLimit(text, 'Max locked memory')?.soft),
  };
}

export function parseCount(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function parseRights(text: string): Rights | undefined {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(text)?.[1];
  if (effective === undefined) return undefined;
  const has = (bit: bigint) => ((BigInt(`0x${effective}`) >> bit) & 1n) === 1n;
  const filtered = Number(/^Seccomp:\s*(\d+)$/m.exec(text)?.[1]) === SECCOMP_FILTER;
  return { capBpf: has(CAP_BPF), capPerfmon: has(CAP_PERFMON), capSysAdmin: has(CAP_SYS_ADMIN), filtered };
}

function parseLimit(text: string, name: string): FileLimits | undefined {
  const [, soft, hard] = new RegExp(`^${name}\\s+(\\d+|unlimited)\\s+(\\d+|unlimited)`, 'm').exec(text) ?? [];
  if (soft === undefined || hard === undefined) return undefined;
  return { soft: limitOf(soft), hard: limitOf(hard) };
}

function limitOf(text: string): number {
  return text === 'unlimited' ? Infinity : Number(text);
}
