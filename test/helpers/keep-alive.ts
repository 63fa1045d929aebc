import net from 'node:net';
import type { TestContext } from 'node:test';
import { type Answer, AnswerReader } from '../../bench/handover/answers.js';
import { waitFor } from './wait.js';

const open = new Set<net.Socket>();

/** Ends every client with the test. To be called before the service is started: its own end waits for them. */
export function endClientsAfter(t: TestContext): void {
  t.after(() => {
    for (const socket of open) socket.destroy();
    open.clear();
  });
}

/** One TCP connection that speaks HTTP/1.1 for as long as the other side lets it. */
export class KeepAliveClient {
  readonly #socket: net.Socket;
  /** Those that have come and were not asked for by {@link answer}. */
  readonly answers: Answer[] = [];
  /** Why the connection ended; null while it stands. */
  ended: string | null = null;
  readonly localPort: number;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    this.localPort = socket.localPort ?? 0;
    const reader = new AnswerReader();
    socket.on('data', (data) => this.answers.push(...reader.read(data)));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.ended ??= error.code ?? error.message));
    socket.on('end', () => (this.ended ??= 'end'));
    socket.on('close', () => (this.ended ??= 'close'));
  }

  static open(port: number, localAddress = '127.0.0.1'): Promise<KeepAliveClient> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', localAddress });
      open.add(socket);
      socket.once('error', reject);
      socket.once('connect', () => resolve(new KeepAliveClient(socket)));
    });
  }

  /** So many connections, each of which has had an answer. */
  static async openUsed(port: number, count: number): Promise<KeepAliveClient[]> {
    const clients = await Promise.all(Array.from({ length: count }, () => KeepAliveClient.open(port)));
    await Promise.all(clients.map((client) => client.ask()));
    return clients;
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Sends a GET without waiting. */
  send(path = '/', headers = ''): void {
    this.write(`GET ${path} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`);
  }

  /** The next answer. */
  answer(): Promise<Answer> {
    return waitFor('an answer', () => {
      if (this.answers.length === 0 && this.ended !== null) throw new Error(`no answer, but the end: ${this.ended}`);
      return this.answers.shift();
    });
  }

  ask(path = '/', headers = ''): Promise<Answer> {
    this.send(path, headers);
    return this.answer();
  }

  /** The worker that answers now. */
  async worker(): Promise<number> {
    return Number((await this.ask()).headers.get('x-worker'));
  }

  /** Asks until an answer says that the connection is closed after it, which a worker says when it drains. */
  async lastAnswer(): Promise<Answer> {
    for (;;) {
      const answer = await this.ask();
      if (answer.headers.get('connection') === 'close') return answer;
    }
  }

  end(): Promise<string> {
    return waitFor('the end of the connection', () => this.ended ?? false);
  }
}
