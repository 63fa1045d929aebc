interface Session {
  readonly closed: boolean;
  close(): void;
  destroy(): void;
  once(event: 'close' | 'stream', listener: () => void): void;
}

interface Http2Server {
  updateSettings: unknown;
  on(event: 'session', listener: (session: Session) => void): void;
}

/** How long a session that begins in the drain waits for its first stream. */
const FIRST_STREAM_MS = 1_000;

/** The open sessions of HTTP/2 servers, to be told to go away (GOAWAY) when the worker drains. */
export class SessionTracker {
  readonly #sessions = new Map<Session, object>();
  readonly #watched = new WeakSet<object>();
  readonly #closing = new WeakSet<object>();

  /** Watches `server` if it is an HTTP/2 server; once per session, nothing per stream. */
  watch(server: unknown): void {
    if (!isHttp2Server(server) || this.#watched.has(server)) return;
    this.#watched.add(server);
    server.on('session', (session) => {
      this.#sessions.set(session, server);
      session.once('close', () => this.#sessions.delete(session));
      if (this.#closing.has(server)) closeAfterFirstStream(session);
    });
  }

  /** Streams under way finish. A session whose handshake is not over yet is let in for what it came for. */
  closeAll(servers: readonly object[]): void {
    for (const server of servers) this.#closing.add(server);
    for (const [session, server] of this.#sessions) if (this.#closing.has(server)) session.close();
  }

  /** Streams under way are cut. */
  destroyAll(servers: readonly object[]): void {
    for (const [session, server] of this.#sessions) if (servers.includes(server)) session.destroy();
  }
}

function closeAfterFirstStream(session: Session): void {
  const close = () => {
    clearTimeout(timer);
    if (!session.closed) session.close();
  };
  const timer = setTimeout(close, FIRST_STREAM_MS);
  session.once('close', () => clearTimeout(timer));
  session.once('stream', () => setImmediate(close));
}

function isHttp2Server(server: unknown): server is Http2Server {
  return typeof server === 'object' && server !== null && 'updateSettings' in server;
}
