import net from 'node:net';
import { ReuseportError } from '../errors.js';
import type { Addon } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import { readLines } from './control-lines.js';
import { type ControlAnswer, type ControlRequest, decodeRequest, MAX_LINE_BYTES } from './control-protocol.js';
import { claimControlSocket, type ControlSocket, inheritControlSocket } from './control-socket.js';

export type ControlHandler = (request: ControlRequest) => Promise<ControlAnswer>;

/** How long a connection may stand without a request. */
const IDLE_MS = 60_000;
/** How long the last answers may take to leave when the master ends. */
const FAREWELL_MS = 1_000;

/**
 * The master's control socket, mode 0600, for the same user and root only. A socket left behind by a dead master is
 * replaced; a living one is an error with the name's code.
 */
export class ControlServer {
  #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  /** Requests whose answer is not yet written. */
  readonly #pending = new Set<Promise<void>>();
  readonly #addon: Addon;
  readonly #log: Logger;
  readonly #handle: ControlHandler;
  #file: ControlSocket | null = null;
  #fd = -1;

  private constructor(addon: Addon, log: Logger, handle: ControlHandler) {
    this.#addon = addon;
    this.#log = log;
    this.#handle = handle;
    this.#server = this.#create();
  }

  static async open(path: string, name: string, addon: Addon, log: Logger, handle: ControlHandler) {
    const control = new ControlServer(addon, log, handle);
    control.#file = await claimControlSocket(addon, path, name, (fd) => control.#listen(fd));
    return control;
  }

  /** Goes on with the listener of another master; its descriptor is taken over. What has waited on it is answered. */
  static async inherit(path: string, fd: number, addon: Addon, log: Logger, handle: ControlHandler) {
    const control = new ControlServer(addon, log, handle);
    control.#file = inheritControlSocket(path);
    await control.#listen(fd);
    return control;
  }

  /** Accepts nothing more; who connects waits. The listener lives as long as {@link ControlServer.fd}. */
  pause(): void {
    this.#server.close();
  }

  /** After {@link ControlServer.pause}. */
  async resume(): Promise<void> {
    const fd = this.fd;
    this.#server = this.#create();
    await this.#listen(fd);
  }

  /** A descriptor of the listener that stays this object's. */
  get fd(): number {
    return this.#fd;
  }

  /** Ends when the answers under way are written, and leaves the socket file to another master. */
  async leave(): Promise<void> {
    this.#file = null;
    await this.close();
  }

  /** Removes the socket file at once, and ends when the answers under way are written. */
  async close(): Promise<void> {
    this.#file?.remove();
    this.#addon.close(this.#fd);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const timer = setTimeout(() => this.#destroyAll(), FAREWELL_MS);
    await Promise.all(this.#pending);
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
    clearTimeout(timer);
  }

  #destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #create(): net.Server {
    // A client may close its half after the request, and still wants the answer.
    return net.createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  #listen(fd: number): Promise<void> {
    this.#fd = this.#addon.dup(fd);
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ fd }, () => {
        this.#server.removeListener('error', reject);
        // EMFILE at accept: the client is refused, the service goes on.
        this.#server.on('error', (error) => this.#log.warn({ event: 'control-error' }, `control: ${error.message}`));
        resolve();
      });
    });
  }

  #serve(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (!this.#isAllowed(socket)) {
      socket.destroy();
      return;
    }
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    readLines(socket, {
      onLine: (line) => this.#respond(socket, line),
      onTooLong: () => this.#refuseTooLong(socket),
      onEnd: () => socket.end(),
    });
  }

  async #respond(socket: net.Socket, line: string): Promise<void> {
    socket.setTimeout(0);
    const written = this.#answer(line).then((answer) => write(socket, answer));
    this.#pending.add(written);
    await written;
    this.#pending.delete(written);
    socket.setTimeout(IDLE_MS);
  }

  #refuseTooLong(socket: net.Socket): void {
    const message = `control request: a line of more than ${MAX_LINE_BYTES} bytes`;
    void write(socket, { ok: false, code: 'ERR_USAGE', message }).then(() => socket.destroySoon());
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

/** Settles when the answer has left, or cannot: a peer that is gone loses its answer, not what it asked for. */
function write(socket: net.Socket, answer: ControlAnswer): Promise<void> {
  return new Promise((resolve) => {
    if (!socket.writable) return resolve();
    socket.once('close', resolve);
    socket.write(`${JSON.stringify(answer)}\n`, () => {
      socket.removeListener('close', resolve);
      resolve();
    });
  });
}
