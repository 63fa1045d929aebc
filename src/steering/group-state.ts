/**
 * What the kernel program remembers of one group, for itself: whose turn it is, each slot's credit, and where it sent the
 * SYNs of late. A map of its own for each group, because two addresses that take turns would otherwise share one order:
 * with an even number of workers each address would meet only every other one.
 */
import { MAX_ROWS } from '../state/layout.js';
import type { KernelAddon } from '../native/kernel-addon.js';

/** Entries of the table of handshakes; a power of two. */
export const HANDSHAKE_ENTRIES = 16_384;

/**
 * Byte offsets.
 * - `turn`: u64, counts the connections that round robin gave out.
 * - `credit`: s64 for each slot, of the weighted policy.
 * - `handshakes`: u32 entries, found by the low bits of the hash of addresses and ports: the slot in the low 6 bits, and
 *   the hash's own bits above. Usually nobody asks, because the rest of a handshake finds its request socket. Under SYN
 *   cookies there is none, and the kernel has the program choose again at the ACK: a second choice would leave the first
 *   one's reservation behind. A flood of SYNs overwrites entries; then the ACK is chosen for anew.
 */
export const GROUP = { turn: 0, credit: 64, handshakes: 64 + MAX_ROWS * 8 } as const;

const GROUP_BYTES = GROUP.handshakes + HANDSHAKE_ENTRIES * 4;

/** @throws SystemError */
export function createGroupState(addon: KernelAddon): number {
  return addon.bpfCreateMap({
    type: 'array',
    keyBytes: 4,
    valueBytes: GROUP_BYTES,
    maxEntries: 1,
    name: 'reuseport_group',
  });
}
