import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { FLAG, offsetOf, PAGE_BYTES, type ROW, WATCHER_ASLEEP } from '../../src/state/layout.js';
import { addon } from './kernel-support.js';

export type Field = keyof typeof ROW;

/** A state page in a memfd, where the test itself may play the kernel. */
export class TestPage {
  readonly fd = addon.createMemfd('test-page', PAGE_BYTES);
  readonly wakeFd = addon.createWakeFd();
  readonly buffer = addon.mapShared(this.fd, PAGE_BYTES);
  readonly #longs = new BigUint64Array(this.buffer);
  readonly #words = new Uint32Array(this.buffer);

  get(slot: number, field: Field): number {
    if (field === 'flags' || field === 'weight') return Atomics.load(this.#words, offsetOf(slot, field) / 4);
    return Number(Atomics.load(this.#longs, offsetOf(slot, field) / 8));
  }

  set(slot: number, field: Field, value: number | bigint): void {
    if (field === 'flags' || field === 'weight') Atomics.store(this.#words, offsetOf(slot, field) / 4, Number(value));
    else Atomics.store(this.#longs, offsetOf(slot, field) / 8, BigInt(value));
  }

  isStuck(slot: number): boolean {
    return (this.get(slot, 'flags') & FLAG.stuck) !== 0;
  }

  get watcherAsleep(): number {
    return Atomics.load(this.#words, WATCHER_ASLEEP / 4);
  }

  set watcherAsleep(value: number) {
    Atomics.store(this.#words, WATCHER_ASLEEP / 4, value);
  }

  /** For how long the loop of that slot has been in one turn; 0 while it polls. */
  turnMs(slot: number): number {
    const since = this.get(slot, 'busySinceNs');
    return since === 0 ? 0 : Math.max(0, (Number(addon.monotonicNs()) - since) / 1e6);
  }

  /** Wake-ups since the last call. */
  wakeUps(): number {
    const count = Buffer.alloc(8);
    try {
      readSync(this.wakeFd, count);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    return Number(count.readBigUInt64LE());
  }

  close(): void {
    addon.close(this.fd);
    addon.close(this.wakeFd);
  }
}

/** A process whose loop is probed: descriptors 3 and 4 are the page and its wake descriptor, 5 the listener if any. */
export class LoopChild {
  readonly process: ChildProcess;
  readonly #lines: string[] = [];
  readonly #exited: Promise<unknown>;

  constructor(page: TestPage, slot: number, listeners: readonly number[] = []) {
    const script = fileURLToPath(new URL('./children/probe-loop.js', import.meta.url));
    this.process = spawn(process.execPath, [script, String(slot)], {
      stdio: ['pipe', 'pipe', 'inherit', page.fd, page.wakeFd, ...listeners],
    });
    this.#exited = once(this.process, 'exit');
    this.process.stdout?.on('data', (chunk: Buffer) => this.#lines.push(...chunk.toString().trim().split('\n')));
  }

  /** What the child has said. */
  get said(): readonly string[] {
    return this.#lines;
  }

  /** Has the child do something: see children/probe-loop.ts. */
  tell(what: string): void {
    this.process.stdin?.write(`${what}\n`);
  }

  async stop(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.#exited;
  }
}
