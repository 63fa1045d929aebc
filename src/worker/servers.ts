import type net from 'node:net';
import type { ServerHandle } from './node-internals.js';

/** A server of the program that serves on one of our listeners. */
export interface TrackedServer {
  server: net.Server;
  key: string;
  handle: ServerHandle;
  /** Cleared when the program, or the drain, closes the listener. */
  listening: boolean;
}

/** The program's servers, by the listener they serve on. */
export class ServerRegistry {
  readonly #byKey = new Map<string, TrackedServer>();
  /** Also those that have closed their listener but may still have connections. */
  readonly #all = new Set<TrackedServer>();

  add(tracked: TrackedServer): void {
    this.#byKey.set(tracked.key, tracked);
    this.#all.add(tracked);
    tracked.server.once('close', () => this.#all.delete(tracked));
  }

  isServed(key: string): boolean {
    return this.#byKey.has(key);
  }

  closed(tracked: TrackedServer): void {
    tracked.listening = false;
    if (this.#byKey.get(tracked.key) === tracked) this.#byKey.delete(tracked.key);
  }

  has(server: unknown): boolean {
    for (const tracked of this.#all) if (tracked.server === server) return true;
    return false;
  }

  all(): TrackedServer[] {
    return [...this.#all];
  }
}

/** Connections that a server has open. */
export function openConnections(server: net.Server): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((error, count) => resolve(error === null ? count : 0));
  });
}
