/** A WebSocket client of a few lines, for servers of any library: short texts, no fragments, no compression. */
import { once } from 'node:events';
import net from 'node:net';
import type { TestContext } from 'node:test';
import tls from 'node:tls';
import { waitFor } from './wait.js';

const TEXT = 1;
const CLOSE = 8;
/** FIN, and the longest payload whose length stands in one byte. */
const LAST = 0x80;
const MASKED = 0x80;
const LONGEST = 125;

export class WebSocketClient {
  readonly #socket: net.Socket;
  #buffer = Buffer.alloc(0);
  readonly messages: string[] = [];
  /** Code and reason of the close frame, or how the connection ended without one; null while it stands. */
  closed: string | null = null;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('error', ({ message }) => (this.closed ??= message));
    socket.on('close', () => (this.closed ??= 'no close frame'));
  }

  /** Over TLS with `ca`, for the name localhost. Ends with the test. */
  static async open(t: TestContext, port: number, ca?: Buffer): Promise<WebSocketClient> {
    const to = { host: '127.0.0.1', port };
    const socket = ca === undefined ? net.connect(to) : tls.connect({ ...to, ca, servername: 'localhost' });
    t.after(() => socket.destroy());
    await once(socket, ca === undefined ? 'connect' : 'secureConnect');
    const client = new WebSocketClient(socket);
    const upgrade = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
    const key = Buffer.from('0123456789abcdef').toString('base64');
    socket.write(`GET / HTTP/1.1\r\nHost: test\r\n${upgrade.join('\r\n')}\r\nSec-WebSocket-Key: ${key}\r\n\r\n`);
    socket.on('data', (data) => client.#read(data));
    await waitFor('the upgrade', () => client.#isOpen || client.closed !== null, { state: () => client.closed });
    if (client.closed !== null) throw new Error(`no WebSocket: ${client.closed}`);
    return client;
  }

  #isOpen = false;

  send(text: string): void {
    this.#write(TEXT, Buffer.from(text));
  }

  /** The next message. */
  next(): Promise<string> {
    return waitFor('a message', () => this.messages.shift(), { state: () => this.closed });
  }

  async ask(text: string): Promise<string> {
    this.send(text);
    return this.next();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** How it ends. */
  end(): Promise<string> {
    return waitFor('the close', () => this.closed ?? false);
  }

  #write(opcode: number, payload: Buffer): void {
    // A mask of zeros changes nothing.
    const head = [LAST | opcode, MASKED | payload.length, 0, 0, 0, 0];
    this.#socket.write(Buffer.concat([Buffer.from(head), payload]));
  }

  #read(data: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    if (!this.#isOpen) {
      const end = this.#buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [status = ''] = this.#buffer.toString('latin1').split('\r\n');
      if (!status.includes(' 101 ')) throw new Error(`not upgraded: ${status}`);
      this.#isOpen = true;
      this.#buffer = this.#buffer.subarray(end + 4);
    }
    for (let frame = this.#frame(); frame !== null; frame = this.#frame()) this.#take(frame);
  }

  #frame(): { opcode: number; payload: Buffer } | null {
    const [first, length] = this.#buffer;
    if (first === undefined || length === undefined) return null;
    if (length > LONGEST) throw new Error(`a frame of more than ${LONGEST} bytes`);
    if (this.#buffer.length < 2 + length) return null;
    const payload = this.#buffer.subarray(2, 2 + length);
    this.#buffer = this.#buffer.subarray(2 + length);
    return { opcode: first & 0x0f, payload };
  }

  #take({ opcode, payload }: { opcode: number; payload: Buffer }): void {
    if (opcode === TEXT) this.messages.push(payload.toString());
    if (opcode !== CLOSE) return;
    this.closed = `${payload.readUInt16BE(0)} ${payload.subarray(2).toString()}`;
    this.#write(CLOSE, payload);
    this.#socket.end();
  }
}
