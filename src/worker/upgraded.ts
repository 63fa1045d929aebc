import net from 'node:net';

/** Sockets that have left HTTP by an `Upgrade`, by the server that they came from. */
export class UpgradedSockets {
  readonly #sockets = new WeakMap<net.Server, SocketSet>();

  /**
   * Costs nothing until a client upgrades. Our listener is there only beside one of the program's: without any, Node takes
   * the request for a plain one.
   */
  watch(server: unknown): void {
    if (!(server instanceof net.Server) || this.#sockets.has(server)) return;
    const sockets = new SocketSet();
    this.#sockets.set(server, sockets);
    const note = (_request: unknown, socket: net.Socket) => sockets.add(socket);
    const isThere = () => server.listeners('upgrade').includes(note);
    const join = () => {
      if (!isThere()) server.prependListener('upgrade', note);
    };
    server.on('newListener', (event, listener) => {
      if (event === 'upgrade' && listener !== note) join();
    });
    server.on('removeListener', (event) => {
      if (event === 'upgrade' && server.listenerCount('upgrade') === 1 && isThere()) server.off('upgrade', note);
    });
    if (server.listenerCount('upgrade') > 0) join();
  }

  of(servers: readonly net.Server[]): net.Socket[] {
    return servers.flatMap((server) => this.#sockets.get(server)?.open() ?? []);
  }
}

const FIRST_SWEEP = 64;

/** Holds no socket, and puts no listener on it: which are still open is looked up, and those that are not swept now and then. */
class SocketSet {
  #references: WeakRef<net.Socket>[] = [];
  #sweepAt = FIRST_SWEEP;

  add(socket: net.Socket): void {
    if (this.#references.length >= this.#sweepAt) {
      this.#references = this.open().map((open) => new WeakRef(open));
      this.#sweepAt = Math.max(FIRST_SWEEP, this.#references.length * 2);
    }
    this.#references.push(new WeakRef(socket));
  }

  open(): net.Socket[] {
    const sockets = this.#references.flatMap((reference) => reference.deref() ?? []);
    return sockets.filter(({ destroyed }) => !destroyed);
  }
}
