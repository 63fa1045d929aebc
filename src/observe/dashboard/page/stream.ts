/**
 * The events of the master, for as long as the page is open. By fetch and not by EventSource, which can send no token in a
 * header and does not tell why it was refused.
 */
import { createParser } from 'eventsource-parser';
import type { Snapshot } from '../view/snapshot.js';

export type LinkState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'lost'; why: string }
  | { kind: 'paused' }
  | { kind: 'locked'; why: string };

export interface StreamListener {
  onSnapshot(snapshot: Snapshot): void;
  onLink(state: LinkState): void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

export class Stream {
  readonly #listener: StreamListener;
  #token: string | null;
  #abort: AbortController | null = null;
  #timer: number | undefined;
  #waitMs = FIRST_WAIT_MS;

  constructor(listener: StreamListener, token: string | null) {
    this.#listener = listener;
    this.#token = token;
  }

  start(token = this.#token): void {
    this.#token = token;
    this.#stop();
    this.#listener.onLink({ kind: 'connecting' });
    void this.#run();
  }

  pause(): void {
    this.#stop();
    this.#listener.onLink({ kind: 'paused' });
  }

  #stop(): void {
    this.#abort?.abort();
    this.#abort = null;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const headers: HeadersInit = this.#token === null ? {} : { authorization: `Bearer ${this.#token}` };
      const response = await fetch('/events', { headers, signal: abort.signal, cache: 'no-store' });
      if (response.status === 401) {
        const why = this.#token === null ? '' : 'That was not the token.';
        return this.#listener.onLink({ kind: 'locked', why });
      }
      if (!response.ok || response.body === null) throw new Error((await response.text()).trim());
      await this.#read(response.body);
      this.#comeBack('the master has ended the stream');
    } catch (error) {
      if (!abort.signal.aborted) this.#comeBack((error as Error).message);
    }
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const parser = createParser({
      onEvent: ({ data }) => {
        this.#waitMs = FIRST_WAIT_MS;
        this.#listener.onLink({ kind: 'live' });
        this.#listener.onSnapshot(JSON.parse(data) as Snapshot);
      },
    });
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
    }
  }

  #comeBack(why: string): void {
    this.#listener.onLink({ kind: 'lost', why });
    this.#timer = setTimeout(() => void this.#run(), this.#waitMs);
    this.#waitMs = Math.min(LONGEST_WAIT_MS, this.#waitMs * 2);
  }
}
