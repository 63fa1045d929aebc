import { mkdirSync, rmdirSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ReuseportError } from '../../errors.js';
import type { Addon, SystemError } from '../../native/addon.js';
import { pinnedError } from './pinned-object.js';

/** BPF_FS_MAGIC of include/uapi/linux/magic.h. */
const BPF_FS_MAGIC = 0xcafe4a11;

/** A folder of a bpffs that one master has for itself. */
export class BpffsFolder {
  readonly path: string;
  /** It was not there before. */
  readonly isNew: boolean;
  readonly #addon: Addon;
  #lockFd: number | null;

  private constructor(addon: Addon, path: string, isNew: boolean, lockFd: number | null) {
    this.#addon = addon;
    this.path = path;
    this.isNew = isNew;
    this.#lockFd = lockFd;
  }

  /**
   * Makes the folder where it is missing. `mayShare`: also while another master has it, to be taken by {@link take}.
   * @throws ReuseportError ERR_PINNED; it is as it was then
   */
  static enter(addon: Addon, path: string, mayShare: boolean): BpffsFolder {
    const isNew = !isThere(path);
    checkBpffs(isNew ? dirname(path) : path);
    if (isNew) attempt(path, () => mkdirSync(path, { mode: 0o700 }));
    try {
      const lockFd = lock(addon, path);
      if (lockFd === null && !mayShare) throw taken(path);
      return new BpffsFolder(addon, path, isNew, lockFd);
    } catch (error) {
      if (isNew) rmdirSync(path);
      throw error;
    }
  }

  /** Is it this master's alone. */
  get isOurs(): boolean {
    return this.#lockFd !== null;
  }

  /** false while another master has it. */
  tryTake(): boolean {
    this.#lockFd ??= lock(this.#addon, this.path);
    return this.isOurs;
  }

  /** @throws ReuseportError ERR_PINNED while another master has it */
  take(): void {
    if (!this.tryTake()) throw taken(this.path);
  }

  /** Lets others have it. `remove`: if it is empty, and not where somebody has pinned something else. */
  leave(remove: boolean): void {
    try {
      if (remove) rmdirSync(this.path);
    } catch {
      // In use, gone, or out of reach: the next master takes it over.
    }
    if (this.#lockFd !== null) this.#addon.close(this.#lockFd);
    this.#lockFd = null;
  }
}

function isThere(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw pinnedError(path, 'denied', (error as Error).message, error);
  }
}

function checkBpffs(path: string): void {
  if (attempt(path, () => statfsSync(path).type) === BPF_FS_MAGIC) return;
  throw pinnedError(path, 'denied', 'this is no folder of a bpffs. To mount one: mount -t bpf bpf /sys/fs/bpf');
}

/**
 * An abstract unix socket of the folder's name: the kernel gives it to one, and takes it back when its process ends. By the
 * folder's identity, because the same bpffs may be mounted in more than one place. null while another has it.
 */
function lock(addon: Addon, path: string): number | null {
  const { dev, ino } = statSync(path);
  try {
    return addon.bindUnixListener(`\0reuseport-pins/${dev}/${ino}`);
  } catch (error) {
    if ((error as SystemError).code === 'EADDRINUSE') return null;
    throw error;
  }
}

function taken(path: string): ReuseportError {
  return pinnedError(path, 'denied', 'another master steers by this folder. Each needs one of its own.');
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw pinnedError(path, 'denied', (error as Error).message, error);
  }
}
