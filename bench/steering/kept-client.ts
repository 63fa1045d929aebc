/** A connection that is there before it asks, and asks when it is told to. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export const requestText = (path: string, close: boolean): string =>
  `GET ${path} HTTP/1.1\r\nHost: bench\r\n${close ? 'Connection: close\r\n' : ''}\r\n`;

export const workerOf = (answer: string): string => /^x-worker: (\d+)\r$/im.exec(answer)?.[1] ?? '';
export const isWhole = (answer: string): boolean => answer.endsWith('\r\n\r\nhello\n');

export interface KeptAnswer {
  worker: string;
  /** From the request to the end of the answer. */
  ms: number;
}

export class KeptClient {
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  #failure: Error | undefined;

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.setEncoding('latin1');
    // Also while nobody asks.
    socket.on('error', (error) => (this.#failure = error));
  }

  /** Resolves when the handshake is over for the client. */
  static connect(host: string, port: number, timeoutMs: number): Promise<KeptClient> {
    const socket = connect({ host, port });
    const client = new KeptClient(socket, timeoutMs);
    const timer = setTimeout(() => socket.destroy(new Error(`not connected within ${timeoutMs} ms`)), timeoutMs);
    return new Promise((resolve, reject) => {
      socket.once('connect', () => {
        clearTimeout(timer);
        resolve(client);
      });
      socket.once('close', () => {
        clearTimeout(timer);
        reject(client.#failure ?? new Error('closed before it was connected'));
      });
    });
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  /** One request at a time. */
  ask(path: string): Promise<KeptAnswer> {
    const socket = this.#socket;
    const began = performance.now();
    return new Promise((resolve, reject) => {
      let answer = '';
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        socket.off('data', onData).off('close', onClose);
        settle();
      };
      const fail = (why: string): void =>
        end(() => reject(this.#failure ?? new Error(`${path}: ${why}: ${JSON.stringify(answer)}`)));
      const onData = (chunk: string): void => {
        answer += chunk;
        if (isWhole(answer)) end(() => resolve({ worker: workerOf(answer), ms: performance.now() - began }));
      };
      const onClose = (): void => fail('closed without a whole answer');
      const timer = setTimeout(() => fail(`no whole answer within ${this.#timeoutMs} ms`), this.#timeoutMs);
      socket.on('data', onData).once('close', onClose);
      if (socket.destroyed) onClose();
      else socket.write(requestText(path, false));
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
