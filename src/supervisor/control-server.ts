import { renameSync, rmSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { ReuseportError } from '../errors.js';
import type { Addon } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import { type ControlAnswer, type ControlRequest, decodeRequest } from './control-protocol.js';

export type ControlHandler = (request: ControlRequest) => Promise<ControlAnswer>;

/** How long a peer on an existing socket has to accept before it counts as dead. */
const PROBE_TIMEOUT_MS = 2_000;

/**
 * The master's control socket, mode 0600, for the same user and root only. A socket left behind by a dead master is
 * replaced; a living one is an error with the name's code.
 */
export class ControlServer {
  readonly #server: net.Server;
  readonly #path: string;
  readonly #sockets = new Set<net.Socket>();
  /** Requests whose answer is not yet written. */
  readonly #pending = new Set<Promise<void>>();
  readonly #addon: Addon;
  readonly #log: Logger;
  readonly #handle: ControlHandler;

  private constructor(path: string, addon: Addon, log: Logger, handle: ControlHandler) {
    this.#path = path;
    this.#addon = addon;
    this.#log = log;
    this.#handle = handle;
    this.#server = net.createServer((socket) => this.#serve(socket));
  }

  static async open(path: string, name: string, addon: Addon, log: Logger, handle: ControlHandler) {
    await removeStale(path, name);
    const control = new ControlServer(path, addon, log, handle);
    await listenPrivately(control.#server, path);
    return control;
  }

  /** Removes the socket file at once, and ends when the answers under way are written. */
  async close(): Promise<void> {
    rmSync(this.#path, { force: true });
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await Promise.all(this.#pending);
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
  }

  #serve(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (!this.#isAllowed(socket)) {
      socket.destroy();
      return;
    }
    createInterface({ input: socket }).on('line', (line) => {
      const answered = this.#answer(line).then((answer) => {
        if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`);
        this.#pending.delete(answered);
      });
      this.#pending.add(answered);
    });
  }

  /** The mode of the socket file says the same, but not to a process that got the descriptor from another. */
  #isAllowed(socket: net.Socket): boolean {
    const fd = (socket as net.Socket & { _handle?: { fd: number } })._handle?.fd ?? -1;
    const { uid, pid } = this.#addon.peerCredentials(fd);
    if (uid === 0 || uid === process.getuid?.()) return true;
    this.#log.warn({ event: 'control-denied', uid, pid }, `control socket: pid ${pid} of uid ${uid} is not allowed`);
    return false;
  }

  async #answer(line: string): Promise<ControlAnswer> {
    const request = decodeRequest(line);
    if (typeof request === 'string') {
      return { ok: false, code: 'ERR_USAGE', message: `control request: ${request}` };
    }
    try {
      return await this.#handle(request);
    } catch (error) {
      const code = error instanceof ReuseportError ? error.code : 'ERR_BUSY';
      return { ok: false, code, message: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** The mode of a socket file comes from the umask at bind(2), which Node's listen on a path calls before it returns. */
async function listenPrivately(server: net.Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `control socket ${path}: ${cause.code}. Use --control to put it elsewhere.`;
      reject(new ReuseportError('ERR_CONTROL_PATH', message, { cause }));
    });
    const umask = process.umask(0o177);
    try {
      server.listen(path, resolve);
    } finally {
      process.umask(umask);
    }
  });
}

/**
 * Moves what is at `path` aside before it asks whether somebody answers there: of two masters that start at once, none
 * can remove the socket that the other has just made.
 */
async function removeStale(path: string, name: string): Promise<void> {
  if (await answers(path)) throw nameInUse(name, path);
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (await answers(aside)) {
    renameSync(aside, path);
    throw nameInUse(name, path);
  }
  rmSync(aside, { force: true });
}

function nameInUse(name: string, path: string): ReuseportError {
  const message = `a master named "${name}" is running (control socket ${path}). Use another --name, or stop that one.`;
  return new ReuseportError('ERR_NAME_IN_USE', message, { fields: { name, path } });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ path, timeout: PROBE_TIMEOUT_MS });
    const settle = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    // Somebody is there but does not get to it: not ours to replace.
    socket.once('timeout', () => settle(true));
  });
}
