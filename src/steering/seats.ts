/** Where the sockets of one group stand for kernel programs: in a sockarray, under the key `firstKey` + slot. */
import type { Addon, SystemError } from '../native/addon.js';

export class Seats {
  readonly sockarrayFd: number;
  readonly #addon: Addon;
  readonly #firstKey: number;
  readonly #onClose: () => void;

  constructor(addon: Addon, sockarrayFd: number, firstKey: number, onClose: () => void) {
    this.#addon = addon;
    this.sockarrayFd = sockarrayFd;
    this.#firstKey = firstKey;
    this.#onClose = onClose;
  }

  /** The socket must listen, and may stand in one sockarray only, once. @throws SystemError */
  insert(slot: number, fd: number): void {
    this.#addon.bpfUpdate(this.sockarrayFd, this.#key(slot), new Uint8Array(BigUint64Array.of(BigInt(fd)).buffer));
  }

  /** A socket that is closed has left by itself. @throws SystemError */
  delete(slot: number): void {
    try {
      this.#addon.bpfDelete(this.sockarrayFd, this.#key(slot));
    } catch (error) {
      if ((error as SystemError).code !== 'ENOENT') throw error;
    }
  }

  close(): void {
    this.#onClose();
  }

  #key(slot: number): Uint8Array {
    return new Uint8Array(Uint32Array.of(this.#firstKey + slot).buffer);
  }
}
