/** This worker's row of the state page: what steering knows of its loop. */
import type { Addon } from '../native/addon.js';
import type { NativeLoopProbe } from '../native/kernel-addon.js';
import { RowWriter, StatePage } from '../state/page.js';
import type { Entrance } from './link.js';
import type { ServerRegistry } from './servers.js';

export class WorkerRow {
  readonly #addon: Addon;
  readonly #buffer: ArrayBuffer;
  readonly #slot: number;
  readonly #wakeFd: number;
  #writer: RowWriter | null = null;
  #probe: NativeLoopProbe | null = null;

  private constructor(addon: Addon, buffer: ArrayBuffer, slot: number, wakeFd: number) {
    this.#wakeFd = wakeFd;
    this.#addon = addon;
    this.#buffer = buffer;
    this.#slot = slot;
  }

  /** Maps the page and closes its descriptor; keeps the wake descriptor. */
  static open(addon: Addon, { welcome, pageFd, wakeFd }: Entrance): WorkerRow {
    const { buffer } = StatePage.open(addon, pageFd, welcome.pageInKernel);
    addon.close(pageFd);
    return new WorkerRow(addon, buffer, welcome.slot, wakeFd);
  }

  /**
   * Begins to publish: when this worker begins to serve, because until then its predecessor writes the row. Returns why
   * the loop's own turns cannot be seen; null when they can.
   */
  start(servers: ServerRegistry): string | null {
    this.#writer = new RowWriter(this.#buffer, this.#slot);
    this.#probe = new this.#addon.LoopProbe({ page: this.#buffer, slot: this.#slot, wakeFd: this.#wakeFd });
    this.setListeners(servers);
    this.setOpenConnections(servers.connections());
    return this.#probe.why;
  }

  setListeners(servers: ServerRegistry): void {
    this.#probe?.setListeners(servers.ours().map((tracked) => tracked.fd()));
  }

  setOpenConnections(count: number): void {
    this.#writer?.setOpenConnections(count);
  }

  setRequests(count: number): void {
    this.#writer?.setRequests(count);
  }

  /** The successor writes the row from now on. */
  stop(): void {
    this.#probe?.stop();
    this.#probe = null;
    this.#writer = null;
  }
}
