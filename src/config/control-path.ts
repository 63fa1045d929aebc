/** Where the control socket is, and the folder that it needs. */

import { lstat, mkdir, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

import { ReuseportError } from '../errors.js';

/** sockaddr_un.sun_path has 108 bytes, one of them for the NUL at the end. */
export const LONGEST_SOCKET_PATH_BYTES = 107;

export interface ControlPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly temporaryFolder: string;
}

function refused(path: string, why: string, cause?: unknown): ReuseportError {
  return new ReuseportError('ERR_CONTROL_PATH', `${path}: ${why}`, { cause, fields: { path } });
}

/** The folder of the control sockets of this user. A relative XDG_RUNTIME_DIR is ignored, as its specification says. */
export function defaultControlFolder({ env, uid, temporaryFolder }: ControlPlace): string {
  const runtimeFolder = env['XDG_RUNTIME_DIR'];
  if (runtimeFolder && isAbsolute(runtimeFolder)) return join(runtimeFolder, 'reuseport');
  return join(temporaryFolder, `reuseport-${uid}`);
}

export function defaultControlPath(name: string, place: ControlPlace): string {
  return join(defaultControlFolder(place), `${name}.sock`);
}

/** Throws ERR_CONTROL_PATH when no socket address can hold the path: the kernel would cut it, and bind another. */
export function checkControlPath(path: string): void {
  const lengthBytes = Buffer.byteLength(path);
  if (lengthBytes <= LONGEST_SOCKET_PATH_BYTES) return;
  const why = `the path of the control socket has ${lengthBytes} bytes, ${LONGEST_SOCKET_PATH_BYTES} is the limit.`;
  throw new ReuseportError(
    'ERR_CONTROL_PATH',
    `${path}: ${why} Use --control with a shorter path, or a shorter --name.`,
    {
      fields: { path, lengthBytes, limitBytes: LONGEST_SOCKET_PATH_BYTES },
    },
  );
}

/** Why a folder cannot be trusted with our control socket; undefined when it can. */
function whyUntrusted(found: Stats, uid: number): string | undefined {
  if (!found.isDirectory()) return 'it is not a folder';
  if (found.uid !== uid) return `it belongs to user ${found.uid}, not to us (user ${uid})`;
  const mode = found.mode & 0o777;
  return (mode & 0o077) === 0 ? undefined : `others can enter it (mode 0${mode.toString(8)}); make it 0700`;
}

/**
 * Makes the folder of a control socket, or checks the one that is there.
 * @param path absolute path of the socket
 * @param given true when the user chose the path: then its folder only has to exist, whoever owns it
 * Throws ERR_CONTROL_PATH. Whoever could write in our own folder could pose as the master, so it must be ours, 0700,
 * and no symbolic link.
 */
export async function prepareControlFolder(path: string, given: boolean, uid = process.getuid?.() ?? 0): Promise<void> {
  const folder = dirname(path);
  if (given) {
    const found = await stat(folder).catch((cause: unknown) => {
      throw refused(folder, 'the folder of the control socket does not exist; make it first', cause);
    });
    if (!found.isDirectory()) throw refused(folder, 'the control socket needs a folder, and this is none');
    return;
  }
  let found: Stats;
  try {
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    found = await lstat(folder);
  } catch (cause) {
    const errno = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw refused(folder, `the folder of the control socket cannot be made: ${errno}. Use --control.`, cause);
  }
  const why = whyUntrusted(found, uid);
  if (why !== undefined)
    throw refused(folder, `the folder of the control socket is not safe: ${why}. Or use --control.`);
}
