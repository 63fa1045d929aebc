/** What the trials share: connections on 127.0.0.1 within this process. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises';
import { ReuseportError } from '../errors.js';
import type { SystemError } from '../native/addon.js';

export const LOOPBACK = '127.0.0.1';
/** Generous: on loopback all of it takes microseconds, unless something drops the packets. */
const DEADLINE_MS = 2000;

/** @throws Error with a `syscall` when the connection fails or takes longer than two seconds. */
export async function connectTo(port: number): Promise<Socket> {
  const socket = connect({ host: LOOPBACK, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(DEADLINE_MS) });
  } catch (error) {
    socket.destroy();
    if ((error as Error).name !== 'AbortError') throw error;
    throw Object.assign(new Error('connect: no answer'), { syscall: 'connect', code: 'ETIMEDOUT' });
  }
  // The end that has been accepted may be reset by now.
  socket.on('error', () => {});
  return socket;
}

/** Waits until the condition holds; false when it does not within two seconds. */
export async function eventually(condition: () => boolean): Promise<boolean> {
  const end = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > end) return false;
    await delay(1);
  }
  return true;
}

/** A whole turn of the loop, and so a whole poll: the rest of the present turn, in which this is called, is none. */
export async function wholeTurn(): Promise<void> {
  await immediate();
  await immediate();
}

/** `connect: ETIMEDOUT` of an error from a system call, or of one that explains it; anything else is a defect, and thrown. */
export function refusal(error: unknown): string {
  const { syscall, code } = (error instanceof ReuseportError ? error.cause : error) as Partial<SystemError>;
  if (syscall === undefined) throw error;
  return `${syscall}: ${code}`;
}
