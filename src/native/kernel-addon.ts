/** The addon's types for steering: bpf(2), shared memory, the loop probe and the watch. Errors as in addon.ts. */
import type { SystemError } from './addon.js';

/** A bpf(2) PROG_LOAD that the verifier refused carries what it said. */
export interface VerifierError extends SystemError {
  verifierLog: string;
}

export type BpfMapType = 'array' | 'reuseport-sockarray';

export interface BpfMapOptions {
  type: BpfMapType;
  /** 1 to 4294967295. */
  keyBytes: number;
  valueBytes: number;
  maxEntries: number;
  /** BPF_F_MMAPABLE (5.5), arrays only; default false. */
  mmapable?: boolean;
  /** At most 15 characters of [A-Za-z0-9_.]. */
  name?: string;
}

export interface BpfProgramOptions {
  /** Instructions of eBPF, 8 bytes each, with map descriptors in BPF_PSEUDO_MAP_FD loads. */
  instructions: Uint8Array;
  /** BPF_SK_REUSEPORT_SELECT_OR_MIGRATE (5.14) rather than BPF_SK_REUSEPORT_SELECT as expected_attach_type. */
  migrate?: boolean;
  /** Default 'GPL'. */
  license?: string;
  name?: string;
}

export interface BpfMapInfo {
  id: number;
  /** null: of another type. */
  type: BpfMapType | null;
  keyBytes: number;
  valueBytes: number;
  maxEntries: number;
  mmapable: boolean;
}

export interface BpfProgramInfo {
  /** As bpftool names it: `bpftool prog dump xlated id <id>`. */
  id: number;
  /** Is it of BPF_PROG_TYPE_SK_REUSEPORT. */
  isReuseport: boolean;
  /** Counted only while the kernel's statistics are on: `sysctl kernel.bpf_stats_enabled=1`. */
  runTimeNs: number;
  runCount: number;
  /** The maps that its instructions name. */
  mapIds: number[];
}

export interface LoopProbeOptions {
  /** The state page, from {@link KernelAddon.mapShared}. The probe keeps it mapped. */
  page: ArrayBuffer;
  slot: number;
  /** The page's {@link KernelAddon.createWakeFd}; the probe keeps a duplicate. */
  wakeFd: number;
}

/**
 * Publishes what this thread's loop does into its row, by plain stores: busySinceNs, lastPollNs, turns, longestTurnNs and,
 * only when the kernel assigned something since the last turn, accepted. One per thread; stops with `stop()` and with the
 * environment.
 */
export interface NativeLoopProbe {
  /** `epoll`: every return of epoll_pwait is seen; `prepare`: uv_prepare only (the row never says busy). */
  readonly mode: 'epoll' | 'prepare';
  /** Why the mode is not `epoll`; null when it is. */
  readonly why: string | null;
  /** Listeners of this slot: their accept queues make `accepted` exact. Replaces the former list; does not own them. */
  setListeners(fds: readonly number[]): void;
  stop(): void;
}

export interface WatchRow {
  slot: number;
  /** Custody descriptors of the slot's listeners; not owned. */
  fds: readonly number[];
}

export interface StuckReport {
  slot: number;
  /** In one turn for so long, or unturned with something waiting for so long. */
  forMs: number;
  /** `turn`: the loop is in one long turn. `silent`: something assigned waits, and the loop does not turn. */
  kind: 'turn' | 'silent';
  /** Connections that wait in the slot's queues, each with its position in the row's fds. */
  queued: { index: number; connections: number }[];
}

export interface WatchOptions {
  /** From {@link KernelAddon.mapShared}. The watch keeps it mapped. */
  page: ArrayBuffer;
  /** The page's {@link KernelAddon.createWakeFd}; the watch keeps a duplicate. */
  wakeFd: number;
  /** 1 to 3 600 000. */
  rescueAfterMs: number;
  /** How many loops can be in their turns at once, 1 to 8192: while as many are, a slot is stuck only after 4 * `rescueAfterMs`. */
  processors: number;
  /** A slot is stuck and something waits in its queues: at once when more has come, else every `rescueAfterMs` / 2 at most. */
  onStuck(report: StuckReport): void;
  /** The set of slots that must get no new connection because they are stuck has changed. */
  onStuckSet(slots: number[]): void;
  /**
   * The rows of these slots count connections as waiting that are not there: of clients that gave up in their handshake, or
   * taken by others before the loop saw them. A turn of the loop puts that right. Told once for each value of `assigned`.
   */
  onStale(slots: number[]): void;
}

/**
 * The watch: a thread of the master that reads the rows. It sets FLAG.stuck in the rows of stuck slots and clears it,
 * sleeps on its wake descriptor while every loop polls and nothing waits (but for a slow tick of 100 ms), and otherwise wakes when
 * the first loop could have become stuck.
 */
export interface NativeWatch {
  setRows(rows: readonly WatchRow[]): void;
  setRescueAfter(ms: number): void;
  /**
   * Is `onStuckSet` called; true at first. Programs that read the flags themselves need nobody who hears of them, and an
   * overloaded service has changes by the hundred per second.
   */
  setTellsSet(tells: boolean): void;
  /** CPU time of the thread so far, and how often it woke. */
  cost(): { cpuNs: number; wakeUps: number };
  /** Ends and joins the thread. Idempotent. */
  stop(): void;
}

export interface KernelAddon {
  bpfCreateMap(options: BpfMapOptions): number;
  /** Keys and values are the bytes of the map's own sizes. `fd` values of a sockarray: 8 bytes little-endian. */
  bpfUpdate(fd: number, key: Uint8Array, value: Uint8Array): void;
  bpfDelete(fd: number, key: Uint8Array): void;
  /** EINVAL for a descriptor that is none of a map. */
  bpfMapInfo(fd: number): BpfMapInfo;
  /** The value's bytes; null when there is none. */
  bpfLookup(fd: number, key: Uint8Array, valueBytes: number): Buffer | null;
  /** BPF_PROG_TYPE_SK_REUSEPORT. @throws VerifierError */
  bpfLoadReuseport(options: BpfProgramOptions): number;
  /** EINVAL for a descriptor that is none of a program. */
  bpfProgramInfo(fd: number): BpfProgramInfo;
  /** BPF_ENABLE_STATS (5.8; CAP_SYS_ADMIN): counts run time while the returned descriptor is open. */
  bpfEnableStats(): number;
  bpfPin(fd: number, path: string): void;
  bpfGetPinned(path: string): number;
  /** SO_ATTACH_REUSEPORT_EBPF: for the whole group of the listening socket. */
  attachReuseportEbpf(socketFd: number, programFd: number): void;
  /** SO_ATTACH_REUSEPORT_CBPF: classic instructions, 8 bytes each (u16 code, u8 jt, u8 jf, u32 k). */
  attachReuseportCbpf(socketFd: number, instructions: Uint8Array): void;
  /** SO_DETACH_REUSEPORT_BPF (5.3). */
  detachReuseportBpf(socketFd: number): void;
  /** memfd_create, sized, sealed against shrinking. */
  createMemfd(name: string, bytes: number): number;
  /** mmap(MAP_SHARED) of a memfd or an mmapable BPF map; unmapped when the buffer is collected. */
  mapShared(fd: number, bytes: number): ArrayBuffer;
  /**
   * An eventfd: a loop that turns wakes the watch by it when `watcherAsleep` is set. One for each page, and it goes
   * wherever the page's descriptor goes. (futex(2) between processes answers EFAULT on a mapped BPF map.)
   */
  createWakeFd(): number;
  /** accept4(SOCK_NONBLOCK | SOCK_CLOEXEC) until the queue is empty or `max` is reached. A connection that died is passed over. */
  acceptAll(fd: number, max: number): number[];
  /** shutdown(SHUT_RD), then listen again: what waits moves to live members of the group (migration must be on). */
  migrateQueue(fd: number, backlogConnections: number): void;
  /** Now, as in the page: CLOCK_MONOTONIC. */
  monotonicNs(): bigint;
  LoopProbe: new (options: LoopProbeOptions) => NativeLoopProbe;
  Watch: new (options: WatchOptions) => NativeWatch;
}
