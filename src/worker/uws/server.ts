import net from 'node:net';

/** What the rest of the worker sees of a listening socket of uWebSockets.js: a server that Node does not serve. */
export class UwsServer extends net.Server {
  constructor(state: { listening(): boolean; openConnections(): number }) {
    super();
    Object.defineProperties(this, {
      listening: { configurable: true, get: () => state.listening() },
      _connections: { configurable: true, get: () => state.openConnections(), set: () => {} },
    });
  }
}
