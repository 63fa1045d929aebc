interface Session {
  close(): void;
  once(event: 'close', listener: () => void): void;
}

interface Http2Server {
  updateSettings: unknown;
  on(event: 'session', listener: (session: Session) => void): void;
}

/** The open sessions of HTTP/2 servers, to be told to go away (GOAWAY) when the worker drains. */
export class SessionTracker {
  readonly #sessions = new Set<Session>();
  readonly #watched = new WeakSet<object>();

  /** Watches `server` if it is an HTTP/2 server; once per session, nothing per stream. */
  watch(server: unknown): void {
    if (!isHttp2Server(server) || this.#watched.has(server)) return;
    this.#watched.add(server);
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
    });
  }

  closeAll(): void {
    for (const session of this.#sessions) session.close();
  }
}

function isHttp2Server(server: unknown): server is Http2Server {
  return typeof server === 'object' && server !== null && 'updateSettings' in server;
}
