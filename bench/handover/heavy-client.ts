/** A keep-alive client that always has something for the server to do, pipelines at random and checks every answer. */
import { once } from 'node:events';
import net from 'node:net';
import { AnswerReader } from './answers.js';
import type { Random } from './random.js';

const MOST_OUTSTANDING = 6;

export class HeavyClient {
  readonly #socket: net.Socket;
  readonly #random: Random;
  readonly #name: string;
  readonly #query: string;
  readonly #expected: string[] = [];
  #next = 1;
  #running = false;
  /** How many may still be without an answer when more are sent. */
  #refill = 0;
  #wake: () => void = () => {};
  answers = 0;
  /** Wrong answers, and the end of the connection. */
  readonly failures: string[] = [];
  /** The worker of the newest answer. */
  worker = '';

  private constructor(socket: net.Socket, name: string, query: string, random: Random) {
    this.#socket = socket;
    this.#name = name;
    this.#query = query;
    this.#random = random;
    const reader = new AnswerReader();
    socket.setNoDelay(true);
    socket.on('data', (data) => {
      try {
        for (const { status, headers } of reader.read(data)) this.#check(status, headers);
      } catch (error) {
        this.failures.push(`${name}: ${(error as Error).message}`);
      }
      if (this.#running && this.#expected.length <= this.#refill) this.#send();
      if (this.#expected.length === 0) this.#wake();
    });
    socket.on('error', (error) => this.failures.push(`${name}: ${error.message}`));
    socket.on('end', () => this.failures.push(`${name}: ended with ${this.#expected.length} answers due`));
    socket.on('close', () => this.#wake());
  }

  /** Opens a connection and asks once. `query` goes along with every request. */
  static async open(port: number, name: string, query: string, random: Random): Promise<HeavyClient> {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new HeavyClient(socket, name, query, random);
    client.#write(1);
    await client.#idle();
    return client;
  }

  get localPort(): number | undefined {
    return this.#socket.localPort;
  }

  start(): void {
    this.#running = true;
    this.#send();
  }

  /** Waits for the answers that are due. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#idle();
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(): void {
    this.#refill = this.#random.chance(50) ? 0 : this.#random.between(1, 2);
    this.#write(this.#random.between(1, MOST_OUTSTANDING - this.#expected.length));
  }

  #write(count: number): void {
    const ids = Array.from({ length: count }, () => `${this.#name}-${this.#next++}`);
    this.#expected.push(...ids);
    this.#socket.write(ids.map((id) => `GET /${id}?${this.#query} HTTP/1.1\r\nHost: heavy\r\n\r\n`).join(''));
  }

  #check(status: number, headers: ReadonlyMap<string, string>): void {
    const id = this.#expected.shift();
    if (status !== 200 || id === undefined || headers.get('x-id') !== id) {
      this.failures.push(`${this.#name}: to ${id}: status ${status}, id ${headers.get('x-id')}`);
    }
    if (headers.get('connection') === 'close') this.failures.push(`${this.#name}: told to close`);
    this.answers += 1;
    this.worker = headers.get('x-worker') ?? '';
  }

  async #idle(): Promise<void> {
    while (this.#expected.length > 0 && !this.#socket.destroyed) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
