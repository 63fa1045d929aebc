/** Frees listeners from the steering of a master that is gone, so that this one can steer them. */
import type { Addon, SystemError } from '../native/addon.js';
import { createSockarray } from './capabilities.js';

/** The kernel frees a map some milliseconds after its last user: in a queue of its own, after a grace period of RCU. */
const LONGEST_WAIT_MS = 2_000;
const LOOK_MS = 2;

/**
 * Detaches what is attached to the groups of these listening sockets, and resolves when they can be put into another
 * sockarray: a socket can be in one only (EBUSY), and the former one lives as long as its program is attached. Until the
 * next program is attached the kernel's hash decides. Resolves also when that takes too long: putting them in then fails.
 */
export async function releaseFromSteering(addon: Addon, fds: readonly number[]): Promise<void> {
  for (const fd of fds) detach(addon, fd);
  let scratch: number;
  try {
    scratch = createSockarray(addon, 1);
  } catch {
    // Without the right to make one there is none that they could be in.
    return;
  }
  const deadlineMs = performance.now() + LONGEST_WAIT_MS;
  for (const fd of fds) {
    while (!isFree(addon, scratch, fd) && performance.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
  addon.close(scratch);
}

function detach(addon: Addon, fd: number): void {
  try {
    addon.detachReuseportBpf(fd);
  } catch (error) {
    // ENOENT: nothing is attached, or it went with an earlier socket of the group. ENOPROTOOPT: Linux before 5.3.
    const { code } = error as SystemError;
    if (code !== 'ENOENT' && code !== 'ENOPROTOOPT' && code !== 'EINVAL') throw error;
  }
}

function isFree(addon: Addon, scratch: number, fd: number): boolean {
  const key = new Uint8Array(4);
  try {
    addon.bpfUpdate(scratch, key, new Uint8Array(BigUint64Array.of(BigInt(fd)).buffer));
    addon.bpfDelete(scratch, key);
    return true;
  } catch (error) {
    return (error as SystemError).code !== 'EBUSY';
  }
}
