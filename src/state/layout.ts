/**
 * The state page: memory that kernel program, master and workers share. Each 64-byte line has one kind of writer, so that
 * none takes a cache line from another; every word is 8-byte aligned and little-endian, and written by plain stores (the
 * kernel program: by BPF atomics on its own lines). Native code has the same numbers in native/core/state_layout.h; a test
 * compares them.
 *
 * ```
 *    0  header, written by the master
 *         0 u64 magic   8 u64 version   16 u64 slots (rows in use, 1 to 64)
 *   64  wake line: 64 u32 watcherAsleep (1 while the watch sleeps; who finds it set clears it and writes to the wake descriptor)
 *  128  kernel line of the page: 128 u64 turn (round robin)   136 u64 stray (selections without a slot)
 *  256  rows, 192 bytes each, by slot:
 *       +0    kernel line: 0 u64 assigned  8 u64 selected  16 u64 fallback  24 u64 error  32 s64 credit (weighted)
 *       +64   worker line: 0 u64 accepted  8 u64 busySinceNs (0 = polling)  16 u64 lastPollNs  24 u64 openConnections
 *                          32 u64 requests  40 u64 longestTurnNs  48 u64 turns
 *       +128  master line: 0 u32 flags  4 u32 weight
 * ```
 * Times are CLOCK_MONOTONIC in nanoseconds: bpf_ktime_get_ns, uv_hrtime and process.hrtime share it.
 */
export const PAGE_MAGIC = 0x72_65_75_73_65_70_30_31n;
export const PAGE_VERSION = 1n;
export const PAGE_BYTES = 16_384;
export const MAX_ROWS = 64;

export const HEADER = { magic: 0, version: 8, slots: 16 } as const;
export const WATCHER_ASLEEP = 64;
export const KERNEL_PAGE = { turn: 128, stray: 136 } as const;

export const ROWS_START = 256;
export const ROW_BYTES = 192;

/** Offsets within a row. */
export const ROW = {
  assigned: 0,
  selected: 8,
  fallback: 16,
  error: 24,
  credit: 32,
  accepted: 64,
  busySinceNs: 72,
  lastPollNs: 80,
  openConnections: 88,
  requests: 96,
  longestTurnNs: 104,
  turns: 112,
  flags: 128,
  weight: 132,
} as const;

/** Bits of a row's flags. A slot takes new connections when it is ready and nothing else is set. */
export const FLAG = { ready: 1, draining: 2, down: 4, stuck: 8 } as const;

/** Byte offset of a field of a slot's row in the page. */
export function offsetOf(slot: number, field: keyof typeof ROW): number {
  return ROWS_START + slot * ROW_BYTES + ROW[field];
}
