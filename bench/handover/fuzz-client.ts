/** A keep-alive client that does what clients may do, at random, and checks every answer. */
import { createHash } from 'node:crypto';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, AnswerReader } from './answers.js';
import type { Random } from './random.js';

export interface FuzzTally {
  requests: number;
  answers: number;
  /** What was wrong with an answer. */
  wrong: string[];
  /** Connections that ended without a `Connection: close` before. */
  cut: string[];
  /** Connections that an answer said would be closed. */
  closed: number;
  /** Answers that came from another worker than the one before on the same connection. */
  moves: number;
}

export const newTally = (): FuzzTally => ({ requests: 0, answers: 0, wrong: [], cut: [], closed: 0, moves: 0 });

interface Expected {
  id: string;
  hash: string;
  bytes: number;
}

/** Requests that may wait for their answers. */
const MOST_OUTSTANDING = 8;
const LARGE_BYTES = 300_000;
const ANSWER_DEADLINE_MS = 20_000;

export class FuzzClient {
  readonly #port: number;
  readonly #random: Random;
  readonly #tally: FuzzTally;
  readonly #name: string;
  #next = 1;
  #socket: net.Socket | null = null;
  #expected: Expected[] = [];
  #worker: string | null = null;
  #wake: () => void = () => {};
  #dead = false;

  constructor(port: number, name: string, random: Random, tally: FuzzTally) {
    this.#port = port;
    this.#name = name;
    this.#random = random;
    this.#tally = tally;
  }

  /** The local port of the connection: the same for as long as it is the same connection. */
  get localPort(): number | undefined {
    return this.#socket?.localPort;
  }

  /** Requests at random until `signal` aborts; then waits for the answers that are due, and closes. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const socket = await this.#connect();
      while (!signal.aborted && !this.#dead) {
        await this.#act(socket);
        await this.#answersBelow(MOST_OUTSTANDING);
      }
    }
    await this.#answersBelow(1);
    this.#dead = true;
    this.#socket?.destroy();
  }

  async #connect(): Promise<net.Socket> {
    const socket = net.connect(this.#port, '127.0.0.1');
    socket.setNoDelay(true);
    this.#socket = socket;
    this.#dead = false;
    this.#expected = [];
    this.#worker = null;
    const reader = new AnswerReader();
    // The connection before it was told to close may end only now.
    const isCurrent = () => this.#socket === socket;
    socket.on('data', (data) => {
      if (!isCurrent()) return this.#fail(`${data.length} bytes after the last answer of a connection`);
      try {
        for (const answer of reader.read(data)) this.#check(answer);
      } catch (error) {
        this.#fail((error as Error).message);
      }
      this.#wake();
    });
    socket.on('error', (error) => {
      if (isCurrent()) this.#cut(`${error.message} with ${this.#expected.length} answers due`);
    });
    socket.on('close', () => {
      if (isCurrent()) this.#cut(`closed with ${this.#expected.length} answers due, ${reader.pending} bytes of one`);
      this.#wake();
    });
    await new Promise<void>((resolve) => {
      socket.once('connect', resolve);
      socket.once('close', resolve);
    });
    return socket;
  }

  async #act(socket: net.Socket): Promise<void> {
    const random = this.#random;
    if (random.chance(25)) await delay(random.between(0, 30));
    const count = random.chance(70) ? 1 : random.between(2, 5);
    const bytes = Buffer.concat(Array.from({ length: count }, () => this.#request()));
    const pieces = random.chance(60) ? 1 : random.between(2, 4);
    const cuts = Array.from({ length: pieces - 1 }, () => random.between(0, bytes.length)).toSorted((a, b) => a - b);
    for (const [index, from] of [0, ...cuts].entries()) {
      if (index > 0) await delay(random.between(0, 5));
      if (!this.#dead) socket.write(bytes.subarray(from, cuts[index] ?? bytes.length));
    }
    // Otherwise it goes on without waiting: pipelining over several writes.
    if (random.chance(75)) await this.#answersBelow(1);
  }

  #request(): Buffer {
    const random = this.#random;
    const id = `${this.#name}-${this.#next++}`;
    const query: string[] = [];
    let bytes = id.length;
    if (random.chance(6)) {
      bytes = LARGE_BYTES;
      query.push(`size=${bytes}`);
      if (random.chance(50)) query.push('chunked=1');
    }
    if (random.chance(20)) query.push(`wait=${random.between(1, 25)}`);
    const body = random.chance(35) ? Buffer.alloc(random.between(1, 20_000), id) : Buffer.alloc(0);
    const head = `${body.length > 0 ? 'POST' : 'GET'} /${id}?${query.join('&')} HTTP/1.1\r\nHost: fuzz\r\n`;
    this.#expected.push({ id, hash: createHash('sha1').update(body).digest('hex'), bytes });
    this.#tally.requests += 1;
    // A line end too many before a request or after a body belongs to nothing.
    const stray = random.chance(15) ? '\r\n' : '';
    if (body.length === 0) return Buffer.from(`${stray}${head}\r\n`);
    if (random.chance(50)) {
      return Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body, Buffer.from(stray)]);
    }
    const half = body.length >> 1;
    const chunks = [body.subarray(0, half), body.subarray(half)].filter(({ length }) => length > 0);
    const coded = chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, CRLF]);
    return Buffer.concat([Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`), ...coded, LAST_CHUNK]);
  }

  #check({ status, headers, body }: Answer): void {
    const expected = this.#expected.shift();
    if (expected === undefined) return this.#fail(`an answer to no request: ${status}`);
    const { id, hash, bytes } = expected;
    const right = status === 200 && headers.get('x-id') === id && headers.get('x-hash') === hash;
    if (!right || body.toString('latin1') !== id.repeat(Math.ceil(bytes / id.length)).slice(0, bytes)) {
      this.#fail(`to ${id}: status ${status}, id ${headers.get('x-id')}, ${body.length} bytes`);
    }
    this.#tally.answers += 1;
    const worker = headers.get('x-worker') ?? null;
    if (this.#worker !== null && worker !== this.#worker) this.#tally.moves += 1;
    this.#worker = worker;
    if (headers.get('connection') === 'close') {
      this.#tally.closed += 1;
      this.#dead = true;
    }
  }

  #fail(message: string): void {
    this.#tally.wrong.push(message);
    this.#dead = true;
    this.#socket?.destroy();
  }

  #cut(message: string): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#tally.cut.push(`${this.#name}: ${message}`);
  }

  async #answersBelow(count: number): Promise<void> {
    const deadline = performance.now() + ANSWER_DEADLINE_MS;
    while (!this.#dead && this.#expected.length >= count) {
      const left = deadline - performance.now();
      if (left <= 0) return this.#fail(`no answer to ${this.#expected[0]?.id} within ${ANSWER_DEADLINE_MS} ms`);
      await Promise.race([
        new Promise<void>((resolve) => (this.#wake = resolve)),
        delay(Math.min(left, 1_000), null, { ref: false }),
      ]);
    }
  }
}

const CRLF = Buffer.from('\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
