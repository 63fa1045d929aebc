/**
 * The state page: memory that kernel program, master and workers share. Each 64-byte line has one kind of writer, so that
 * none takes a cache line from another; every word is 8-byte aligned and little-endian, and written by plain stores (the
 * kernel program: by BPF atomics on its own lines). The same numbers are in native/core/state_layout.h, and for programs
 * in C in include/reuseport.bpf.h; a test compares them.
 *
 * ```
 *    0  header, written by the master
 *         0 u64 magic   8 u64 version   16 u64 slots (rows in use, 1 to 64)   24 u64 pins (PIN bits: what the master pinned)
 *   64  wake line: 64 u32 watcherAsleep (1 while the watch sleeps; who finds it set clears it and writes to the wake descriptor)
 *  128  kernel line of the page: 128 u64 stray (selections without a slot)
 *  256  rows, 192 bytes each, by slot:
 *       +0    kernel line: 0 u64 assigned  8 u64 selected  16 u64 fallback  24 u64 error
 *       +64   worker line: 0 u64 accepted  8 u64 busySinceNs (0 = polling)  16 u64 lastPollNs  24 u64 openConnections
 *                          32 u64 requests  40 u64 longestTurnNs  48 u64 turns
 *                          56 u64 connections (got by the program's servers, in whichever way, since the worker serves)
 *       +128  master line: 0 u32 flags (the loop clears stuck when it polls again)  4 u32 weight
 * 12544 groups, 32 bytes each: addresses that a pinned program chooses for; the sockets of group g have the keys 64 g + slot
 *       +0 u32 port (host order; 0 = free)  4 u32 family (2 IPv4, 10 IPv6)  8 u8[16] address (IPv4: the first 4 bytes)
 * 13056 refused connections, a u64 for each slot: src/state/refusals.ts
 * ```
 * Times are CLOCK_MONOTONIC in nanoseconds: bpf_ktime_get_ns, uv_hrtime and process.hrtime share it.
 */
export const PAGE_MAGIC = 0x72_65_75_73_65_70_30_31n;
export const PAGE_VERSION = 2n;
export const PAGE_BYTES = 16_384;
export const MAX_ROWS = 64;

export const HEADER = { magic: 0, version: 8, slots: 16, pins: 24 } as const;
export const WATCHER_ASLEEP = 64;
export const KERNEL_PAGE = { stray: 128 } as const;

export const ROWS_START = 256;
export const ROW_BYTES = 192;

/** Offsets within a row. */
export const ROW = {
  assigned: 0,
  selected: 8,
  fallback: 16,
  error: 24,
  accepted: 64,
  busySinceNs: 72,
  lastPollNs: 80,
  openConnections: 88,
  requests: 96,
  longestTurnNs: 104,
  turns: 112,
  connections: 120,
  flags: 128,
  weight: 132,
} as const;

/** Bits of a row's flags. A slot takes new connections when it is ready and nothing else is set. */
export const FLAG = { ready: 1, draining: 2, down: 4, stuck: 8 } as const;

/** Bits of the header's pins: what the master has pinned in bpffs, and its successor may remove. */
export const PIN = { page: 1, sockets: 2, folder: 4 } as const;

export const GROUPS_START = 12_544;
export const GROUP_BYTES = 32;
export const MAX_GROUPS = 16;

export const REFUSALS_START = GROUPS_START + MAX_GROUPS * GROUP_BYTES;

/** Offsets within a group. */
export const GROUP_ENTRY = { port: 0, family: 4, address: 8 } as const;

/** Byte offset of a field of a slot's row in the page. */
export function offsetOf(slot: number, field: keyof typeof ROW): number {
  return ROWS_START + slot * ROW_BYTES + ROW[field];
}
