import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

import { StatePage } from '../../src/state/page.js';
import { Steering } from '../../src/steering/steering.js';
import { addon } from './kernel-support.js';
import { until } from './support.js';

const KEY = 'tested';
const BACKLOG = 4096;
/** Clients that connect at once: SYNs that are dropped would be sent again, and counted again. */
const AT_ONCE = 100;

/** Listeners of one group that nobody accepts from, steered by a policy: the queues tell who was chosen. */
export class SteeredGroup {
  readonly steering: Steering;
  readonly port: number;
  readonly host: string;
  readonly fds: number[] = [];
  readonly #clients: Socket[] = [];

  constructor(policy: string, slots: number, host = '127.0.0.1') {
    this.host = host;
    this.steering = new Steering(addon, policy, { expectedSlots: slots });
    this.add();
    this.port = addon.listenerInfo(this.fds[0] ?? -1).port;
    while (this.fds.length < slots) this.add();
  }

  get page(): StatePage {
    return this.steering.page;
  }

  /** One more slot, at once ready. */
  add(): void {
    const slot = this.fds.length;
    const fd = addon.bindTcpListener({ address: this.host, port: slot === 0 ? 0 : this.port });
    this.fds.push(fd);
    addon.listen(fd, BACKLOG);
    this.steering.add(KEY, slot, fd);
    this.page.setFlag(slot, 'ready', true);
  }

  queued(): number[] {
    return this.fds.map((fd) => addon.listenerInfo(fd).queuedConnections);
  }

  /** Connects `count` times; returns how many of them each slot got. */
  async connect(count: number, localAddress?: string): Promise<number[]> {
    const before = this.queued();
    const sum = () => this.queued().reduce((total, one) => total + one, 0);
    const expected = sum() + count;
    for (let left = count; left > 0; left -= AT_ONCE) {
      const batch = Array.from({ length: Math.min(AT_ONCE, left) }, () => this.#open(localAddress));
      await Promise.all(batch.map((socket) => once(socket, 'connect')));
    }
    await until(() => sum() === expected, sum);
    return this.queued().map((now, slot) => now - (before[slot] ?? 0));
  }

  /** The slot that each of these clients comes to. */
  async slotsOf(addresses: readonly string[]): Promise<number[]> {
    const slots: number[] = [];
    for (const address of addresses) slots.push((await this.connect(1, address)).indexOf(1));
    return slots;
  }

  /** Accepts and closes what waits. */
  empty(): void {
    for (const fd of this.fds) for (const accepted of addon.acceptAll(fd, BACKLOG)) addon.close(accepted);
    for (const client of this.#clients.splice(0)) client.destroy();
  }

  close(): void {
    this.empty();
    this.steering.close();
    for (const fd of this.fds) addon.close(fd);
  }

  #open(localAddress: string | undefined): Socket {
    const { port, host } = this;
    const socket = connect({ port, host, ...(localAddress === undefined ? {} : { localAddress }) });
    socket.on('error', () => {});
    this.#clients.push(socket);
    return socket;
  }
}

/** Ids of the kernel programs that this process holds. */
export function programIds(): number[] {
  return readdirSync('/proc/self/fdinfo').flatMap((fd) => {
    try {
      const id = /^prog_id:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
      return id === undefined ? [] : [Number(id)];
    } catch {
      // The one that read the directory.
      return [];
    }
  });
}
