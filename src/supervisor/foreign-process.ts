/** A process that is nobody's child of ours: its end is seen, its exit status is not. */
import { constants } from 'node:os';
import type { Addon, SystemError } from '../native/addon.js';
import type { NativeReadableWatch } from '../native/process-addon.js';

/** How often a process is looked for on kernels before 5.3, which have no pidfd. */
const LOOK_MS = 100;

export class ForeignProcess {
  readonly pid: number;
  readonly #addon: Addon;
  /** null on kernels before 5.3. */
  readonly #fd: number | null;
  #watch: NativeReadableWatch | null = null;
  #timer: NodeJS.Timeout | undefined;
  #gone = false;

  /** `onExit` is called once, never from within the constructor. */
  constructor(addon: Addon, pid: number, onExit: () => void) {
    this.pid = pid;
    this.#addon = addon;
    this.#fd = this.#open();
    const ended = () => {
      if (this.#gone) return;
      this.close();
      onExit();
    };
    if (this.#gone) setImmediate(onExit);
    else if (this.#fd !== null) this.#watch = new addon.ReadableWatch(this.#fd, ended);
    else {
      this.#timer = setInterval(() => {
        if (!isThere(pid)) ended();
      }, LOOK_MS);
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#gone) return;
    try {
      if (this.#fd === null) process.kill(this.pid, signal);
      else this.#addon.pidfdSignal(this.#fd, constants.signals[signal]);
    } catch (error) {
      // Gone already: its end is on the way.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Does not keep this process from ending. */
  unref(): void {
    this.#watch?.unref();
    this.#timer?.unref();
  }

  /** Watches no longer. */
  close(): void {
    this.#gone = true;
    this.#watch?.close();
    clearInterval(this.#timer);
  }

  #open(): number | null {
    try {
      return this.#addon.pidfdOpen(this.pid);
    } catch (error) {
      const { code } = error as SystemError;
      if (code === 'ESRCH') this.#gone = true;
      else if (code !== 'ENOSYS' && code !== 'EPERM') throw error;
      return null;
    }
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
