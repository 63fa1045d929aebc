/** The page's table of addresses: by it a pinned program knows which keys of the sockarray are those of its group. */
import { GROUP_ENTRY, GROUP_BYTES, GROUPS_START, MAX_GROUPS } from '../../state/layout.js';
import { type GroupAddress, addressBytes } from './address-bytes.js';

const FAMILY = { IPv4: 2, IPv6: 10 } as const;

export class GroupTable {
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #size: number;

  /** `size`: groups that may be taken, at most 16. */
  constructor(page: ArrayBuffer, size: number) {
    this.#words = new Uint32Array(page);
    this.#bytes = new Uint8Array(page);
    this.#size = Math.min(Math.floor(size), MAX_GROUPS);
  }

  /** The number of the group that is the address's from now on; null when all are taken. */
  take(address: GroupAddress): number | null {
    for (let group = 0; group < this.#size; group += 1) {
      const at = GROUPS_START + group * GROUP_BYTES;
      if (this.#words[at / 4] !== 0) continue;
      this.#bytes.set(addressBytes(address), at + GROUP_ENTRY.address);
      this.#words[(at + GROUP_ENTRY.family) / 4] = FAMILY[address.family];
      // Last: programs pass over what has no port.
      Atomics.store(this.#words, (at + GROUP_ENTRY.port) / 4, address.port);
      return group;
    }
    return null;
  }

  release(group: number): void {
    const at = GROUPS_START + group * GROUP_BYTES;
    Atomics.store(this.#words, (at + GROUP_ENTRY.port) / 4, 0);
    this.#bytes.fill(0, at + GROUP_ENTRY.address, at + GROUP_ENTRY.address + 16);
  }
}
