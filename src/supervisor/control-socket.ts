/** The file of the control socket: made privately, replaced when its master is dead, removed only while it is ours. */
import { lstatSync, rmSync, type Stats } from 'node:fs';
import net from 'node:net';
import { ReuseportError } from '../errors.js';
import type { Addon, SystemError } from '../native/addon.js';
import { withStartLock } from './start-lock.js';

/** How long a peer on an existing socket has to accept before it counts as dead. */
const PROBE_TIMEOUT_MS = 2_000;

export interface ControlSocket {
  /** Removes the file, unless another socket has taken its place. */
  remove(): void;
}

/**
 * Binds `path` with mode 0600 and has `listen` listen on it, which takes the descriptor over. Throws ERR_NAME_IN_USE when
 * a master answers there, ERR_CONTROL_PATH when the socket cannot be made.
 */
export async function claimControlSocket(
  addon: Addon,
  path: string,
  name: string,
  listen: (fd: number) => Promise<void>,
): Promise<ControlSocket> {
  return withStartLock(addon, path, async () => {
    await removeStale(path, name);
    const fd = bindPrivately(addon, path, name);
    const made = lstatSync(path);
    const remove = () => removeAtTheEnd(path, made);
    try {
      await listen(fd);
    } catch (cause) {
      remove();
      throw refused(path, `listening failed: ${(cause as NodeJS.ErrnoException).code}`, cause);
    }
    return { remove };
  });
}

/** The socket file of a listener that another master made, and that this one goes on with. */
export function inheritControlSocket(path: string): ControlSocket {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return { remove: () => (found === undefined ? undefined : removeAtTheEnd(path, found)) };
}

/** The mode of a socket file comes from the umask at bind(2). */
function bindPrivately(addon: Addon, path: string, name: string): number {
  const umask = process.umask(0o177);
  try {
    return addon.bindUnixListener(path);
  } catch (error) {
    const { code } = error as SystemError;
    if (code === 'EADDRINUSE') throw nameInUse(name, path);
    const isFull = code === 'EMFILE' || code === 'ENFILE';
    const advice = isFull ? 'Raise the limit of open files: ulimit -n.' : 'Use --control to put it elsewhere.';
    throw refused(path, `it cannot be made: ${code}. ${advice}`, error);
  } finally {
    process.umask(umask);
  }
}

async function removeStale(path: string, name: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw refused(path, 'there is a file that is no socket. Use --control to put it elsewhere.');
  const answer = await probe(path);
  if (answer === 'alive') throw nameInUse(name, path);
  if (answer === 'denied') throw refused(path, `it belongs to user ${found.uid}. Use --control to put it elsewhere.`);
  try {
    removeOwn(path, found);
  } catch (cause) {
    const why = `the one of a master that is gone cannot be removed: ${(cause as NodeJS.ErrnoException).code}.`;
    throw refused(path, `${why} Use --control to put it elsewhere.`, cause);
  }
}

function removeOwn(path: string, known: Stats): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.ino === known.ino && found.dev === known.dev) rmSync(path, { force: true });
}

function removeAtTheEnd(path: string, known: Stats): void {
  try {
    removeOwn(path, known);
  } catch {
    // Its folder may not be written any more: the next master replaces it.
  }
}

/** Does a process listen on the socket file at `path`. */
export function probe(path: string): Promise<'alive' | 'dead' | 'denied'> {
  return new Promise((resolve) => {
    const socket = net.connect({ path, timeout: PROBE_TIMEOUT_MS });
    const settle = (answer: 'alive' | 'dead' | 'denied') => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle('alive'));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(probeAnswer(error.code)));
    // Somebody is there but does not get to it: not ours to replace.
    socket.once('timeout', () => settle('alive'));
  });
}

function probeAnswer(errno: string | undefined): 'alive' | 'dead' | 'denied' {
  if (errno === 'EACCES' || errno === 'EPERM') return 'denied';
  // A full backlog has somebody behind it.
  return errno === 'EAGAIN' ? 'alive' : 'dead';
}

function nameInUse(name: string, path: string): ReuseportError {
  const message = `a master named "${name}" is running (control socket ${path}). Use another --name, or stop that one.`;
  return new ReuseportError('ERR_NAME_IN_USE', message, { fields: { name, path } });
}

function refused(path: string, why: string, cause?: unknown): ReuseportError {
  return new ReuseportError('ERR_CONTROL_PATH', `control socket ${path}: ${why}`, { cause, fields: { path } });
}
