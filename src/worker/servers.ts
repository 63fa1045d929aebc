import type net from 'node:net';
import { type ServerInternals, watchConnectionEnds } from './node-internals.js';

/** A server of the program that has a listening socket. */
export interface TrackedServer {
  server: net.Server;
  /** The listener's name in custody; null for what is left alone: `exclusive`, a given descriptor or handle. */
  key: string | null;
  /** Cleared when the program, or the drain, closes the listener. */
  listening: boolean;
  /** Descriptor of the listening socket, valid while `listening`. */
  fd(): number;
  /** Closes the listening socket under a server that believes to listen on: its own `close()` must still succeed. */
  park(): void;
  /** Gives the server a connection that was accepted elsewhere, whatever limit there is; false when it cannot take it. */
  feed(fd: number): boolean;
}

/** The program's servers, by the listener they serve on: of several that share one, the oldest. */
export class ServerRegistry {
  readonly #byKey = new Map<string, TrackedServer>();
  /** Also those that have closed their listener but may still have connections. */
  readonly #all = new Set<TrackedServer>();
  readonly #watched = new WeakSet<net.Server>();
  #handlers = { listeners: () => {}, connections: () => {} };

  add(tracked: TrackedServer): void {
    const { server, key } = tracked;
    if (key !== null && !this.#byKey.has(key)) this.#byKey.set(key, tracked);
    this.#all.add(tracked);
    // The descriptor is there when the server listens, which follows at once.
    queueMicrotask(() => this.#handlers.listeners());
    if (this.#watched.has(server)) return;
    this.#watched.add(server);
    watchConnectionEnds(server as ServerInternals, () => this.#handlers.connections());
    // One for the server's life, however often it listens again; that may be before the `close` of the last time.
    server.on('close', () => this.#forget(server));
  }

  /** Has this program a server on the listener of that name. */
  isServed(key: string): boolean {
    return this.#byKey.has(key);
  }

  closed(tracked: TrackedServer): void {
    tracked.listening = false;
    queueMicrotask(() => this.#handlers.listeners());
    const { key } = tracked;
    if (key === null || this.#byKey.get(key) !== tracked) return;
    const sharer = this.all().find((other) => other.listening && other.key === key);
    if (sharer === undefined) this.#byKey.delete(key);
    else this.#byKey.set(key, sharer);
  }

  /** Does any server listen at this moment. */
  someListening(): boolean {
    return this.all().some(({ listening, server }) => listening && server.listening);
  }

  /** Those that serve on a listener of ours now. */
  ours(): TrackedServer[] {
    return [...this.#byKey.values()];
  }

  at(key: string): TrackedServer | undefined {
    return this.#byKey.get(key);
  }

  /** Open connections of all, as Node counts them. */
  connections(): number {
    let sum = 0;
    for (const { server } of this.#all) sum += (server as ServerInternals)._connections ?? 0;
    return sum;
  }

  /** `listeners` is called after their set has changed, `connections` when a connection of a server has ended. */
  onChange(handlers: { listeners(): void; connections(): void }): void {
    this.#handlers = handlers;
  }

  /** The entry of a server that listens. */
  of(server: unknown): TrackedServer | undefined {
    return this.all().find((tracked) => tracked.listening && tracked.server === server);
  }

  all(): TrackedServer[] {
    return [...this.#all];
  }

  #forget(server: net.Server): void {
    for (const tracked of this.#all) {
      if (tracked.server !== server || (tracked.listening && server.listening)) continue;
      this.closed(tracked);
      this.#all.delete(tracked);
    }
  }
}

/** Connections that these servers have open. */
export async function openConnections(tracked: readonly TrackedServer[]): Promise<number> {
  const servers = [...new Set(tracked.map(({ server }) => server))];
  const counts = await Promise.all(servers.map(countOf));
  return counts.reduce((sum, count) => sum + count, 0);
}

function countOf(server: net.Server): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((error, count) => resolve(error === null ? count : 0));
  });
}
