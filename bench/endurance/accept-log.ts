/** What the workers have written down: who accepted whom, and when each worker accepted for the first time. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';

import type { Accept } from '../chaos/judge.js';

export interface FirstAccept {
  pid: number;
  slot: string;
  atNs: bigint;
}

const CHUNK_BYTES = 1 << 20;

/** A long run writes much, so it is read once, piece by piece, and only what was asked for is kept. */
export class AcceptLog {
  readonly #clients: ReadonlySet<string>;
  readonly #pids: ReadonlySet<number>;
  readonly #accepts = new Map<string, Accept[]>();
  readonly #first = new Map<number, FirstAccept>();
  readonly #times = new Map<number, bigint[]>();

  /** Keeps the accepts of these clients, and the moments of all accepts of these workers. */
  constructor(file: string, clients: ReadonlySet<string>, pids: ReadonlySet<number> = new Set()) {
    this.#clients = clients;
    this.#pids = pids;
    if (existsSync(file)) for (const line of linesOf(file)) this.#take(line);
  }

  of(client: string): readonly Accept[] {
    return this.#accepts.get(client) ?? [];
  }

  /** Each worker's first accept. */
  firsts(): FirstAccept[] {
    return [...this.#first.values()];
  }

  /** The first accept of a worker after a moment. */
  nextOf(pid: number, afterNs: bigint): bigint | undefined {
    return this.#times.get(pid)?.find((atNs) => atNs > afterNs);
  }

  #take(line: string): void {
    const { pid, client, at, slot } = fieldsOf(line);
    const kept = this.#clients.has(client);
    if (!kept && this.#first.has(pid) && !this.#pids.has(pid)) return;
    const atNs = BigInt(at);
    if (!this.#first.has(pid)) this.#first.set(pid, { pid, slot, atNs });
    if (this.#pids.has(pid)) append(this.#times, pid, atNs);
    if (kept) append(this.#accepts, client, { pid, atNs });
  }
}

/** Each worker's first accept, of a file that grows. */
export class FirstAccepts {
  readonly #file: string;
  readonly #first = new Map<number, FirstAccept>();
  #at = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Up to now. */
  read(): FirstAccept[] {
    if (existsSync(this.#file)) {
      for (const line of linesOf(this.#file, this.#at)) {
        this.#at += line.length + 1;
        const { pid, at, slot } = fieldsOf(line);
        if (!this.#first.has(pid)) this.#first.set(pid, { pid, slot, atNs: BigInt(at) });
      }
    }
    return [...this.#first.values()];
  }
}

function fieldsOf(line: string) {
  const [pid, client = '', at = '', slot = ''] = line.split(' ');
  return { pid: Number(pid), client, at, slot };
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Whole lines from that byte on; the file is ASCII. */
function* linesOf(file: string, from = 0): Generator<string> {
  const fd = openSync(file, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let rest = '';
    const read = (at: number): number => readSync(fd, chunk, 0, CHUNK_BYTES, at);
    let position = from;
    for (let got = read(position); got > 0; got = read(position)) {
      position += got;
      const lines = (rest + chunk.toString('latin1', 0, got)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    closeSync(fd);
  }
}
