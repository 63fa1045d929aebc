import { after } from 'node:test';
import { get } from './http.js';
import { waitFor } from './wait.js';

/** Clients that make one request after the other, each on a new connection, until they are stopped. */
export class Load {
  readonly failures: string[] = [];
  /** Answers by their body. */
  readonly answers = new Map<string, number>();
  requests = 0;
  readonly #clients: Promise<void>[];
  #stopped = false;

  constructor(port: number, clients = 8) {
    // A test that fails leaves it running.
    after(() => this.stop());
    this.#clients = Array.from({ length: clients }, () => this.#run(port));
  }

  /** Resolves when so many more requests have been answered, or have failed. */
  async more(requests: number): Promise<void> {
    const wanted = this.requests + requests;
    await waitFor(`${requests} more requests`, () => this.requests >= wanted, { state: () => this.requests });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  async #run(port: number): Promise<void> {
    while (!this.#stopped) {
      try {
        const { status, body } = await get(port);
        if (status !== 200) this.failures.push(`status ${status}`);
        this.answers.set(body, (this.answers.get(body) ?? 0) + 1);
      } catch (error) {
        this.failures.push(String(error));
      }
      this.requests += 1;
    }
  }
}
