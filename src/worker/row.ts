/** This worker's row of the state page: what steering knows of its loop. */
import type { Addon } from '../native/addon.js';
import type { RowPublisher } from '../state/row-publisher.js';
import { type PageDescriptors, StatePage } from '../state/page.js';
import { Refusals } from '../state/refusals.js';
import type { ServerRegistry } from './servers.js';

export class WorkerRow {
  readonly #addon: Addon;
  #slot: number;
  #page: StatePage;
  #publisher: RowPublisher | null = null;
  #refused = 0;

  private constructor(addon: Addon, page: StatePage, slot: number) {
    this.#addon = addon;
    this.#page = page;
    this.#slot = slot;
  }

  /** Owns the descriptors of the master's page. @throws Error when they are none of a page */
  static open(addon: Addon, slot: number, passed: PageDescriptors): WorkerRow {
    return new WorkerRow(addon, openPage(addon, passed), slot);
  }

  /** Goes on publishing in another master's page, if it does publish. @throws Error when that is no such page. */
  moveTo(passed: PageDescriptors, servers: ServerRegistry): void {
    const page = openPage(this.#addon, passed);
    const publishes = this.#publisher !== null;
    this.stop();
    closeBoth(this.#addon, this.#page.descriptors);
    this.#page = page;
    if (publishes) this.start(servers);
  }

  /** Of a spare, before it begins to publish. */
  setSlot(slot: number): void {
    this.#slot = slot;
  }

  /**
   * Begins to publish: when this worker begins to serve, because until then its predecessor writes the row. Returns why
   * the loop's own turns cannot be seen; null when they can.
   */
  start(servers: ServerRegistry): string | null {
    this.#publisher = this.#page.publish(this.#slot);
    this.setListeners(servers);
    this.setOpenConnections(servers.connections());
    this.setRefused(this.#refused);
    return this.#publisher.why;
  }

  setListeners(servers: ServerRegistry): void {
    this.#publisher?.setListeners(servers.ours().map((tracked) => tracked.fd()));
  }

  setOpenConnections(count: number): void {
    this.#publisher?.setOpenConnections(count);
  }

  setConnections(count: number): void {
    this.#publisher?.setConnections(count);
  }

  setRequests(count: number): void {
    this.#publisher?.setRequests(count);
  }

  setRefused(count: number): void {
    this.#refused = count;
    if (this.#publisher !== null) new Refusals(this.#page.buffer).write(this.#slot, count);
  }

  /** The successor writes the row from now on. */
  stop(): void {
    this.#publisher?.stop();
    this.#publisher = null;
  }
}

function openPage(addon: Addon, passed: PageDescriptors): StatePage {
  try {
    return StatePage.open(passed);
  } catch (error) {
    closeBoth(addon, passed);
    throw error;
  }
}

function closeBoth(addon: Addon, { fd, wakeFd }: PageDescriptors): void {
  addon.close(fd);
  addon.close(wakeFd);
}
