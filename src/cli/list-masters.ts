import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ReuseportError } from '../errors.js';
import { probe } from '../supervisor/control-socket.js';

/**
 * The names in the folder of control sockets; empty when there is no such folder. Of several, those that nobody listens
 * on any more are left out: a master that was killed leaves its socket behind.
 */
export async function listMasters(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    const why = `the folder of control sockets ${folder} cannot be read: ${code}`;
    const advice = code === 'EACCES' ? "It is another user's: see XDG_RUNTIME_DIR. " : '';
    const message = `${why}. ${advice}A master elsewhere is found with --control.`;
    throw new ReuseportError('ERR_CONTROL_UNREACHABLE', message, { cause: error, fields: { folder } });
  }
  const sockets = names.filter((name) => name.endsWith('.sock'));
  if (sockets.length < 2) return sockets;
  const answers = await Promise.all(sockets.map((name) => probe(join(folder, name))));
  return sockets.filter((_, index) => answers[index] !== 'dead');
}
