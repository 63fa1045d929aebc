/** What a thread without a supervisor publishes of its servers: their listeners, connections and requests. */
import diagnostics from 'node:diagnostics_channel';
import type net from 'node:net';
import type { StatePage } from '../state/page.js';
import type { RowPublisher } from '../state/row-publisher.js';
import { type ServerInternals, watchConnectionEnds } from '../worker/node-internals.js';

/** Of HTTP/2 only on Node versions that tell of it. */
const REQUEST_CHANNELS = ['http.server.request.start', 'http2.server.stream.start'];

/** The servers of one row. */
class PublishedServers {
  readonly publisher: RowPublisher;
  readonly #servers = new Set<ServerInternals>();
  #fds = '';
  #requests = 0;
  #connections = 0;

  constructor(publisher: RowPublisher) {
    this.publisher = publisher;
  }

  add(server: ServerInternals): void {
    if (this.#servers.size === 0) for (const name of REQUEST_CHANNELS) diagnostics.subscribe(name, this.#countRequest);
    this.#servers.add(server);
  }

  remove(server: ServerInternals): void {
    if (!this.#servers.delete(server)) return;
    this.update();
    if (this.#servers.size === 0)
      for (const name of REQUEST_CHANNELS) diagnostics.unsubscribe(name, this.#countRequest);
  }

  accepted(): void {
    this.#connections += 1;
    if (this.publisher.running) this.publisher.setConnections(this.#connections);
    this.update();
  }

  update(): void {
    if (!this.publisher.running) return;
    const servers = [...this.#servers];
    this.publisher.setOpenConnections(servers.reduce((sum, { _connections = 0 }) => sum + _connections, 0));
    const fds = servers.flatMap(({ _handle }) => _handle?.fd ?? []);
    // At once when a listener closes: its number may be another descriptor's soon.
    if (fds.join() === this.#fds) return;
    this.#fds = fds.join();
    this.publisher.setListeners(fds);
  }

  readonly #countRequest = (): void => {
    this.#requests += 1;
    if (this.publisher.running) this.publisher.setRequests(this.#requests);
  };
}

const rows = new WeakMap<RowPublisher, PublishedServers>();
/** The row of each server that has listened; it may change with the next `listen`. */
const rowOf = new WeakMap<net.Server, PublishedServers>();

/** Publishes `server`, which is about to listen, in the row of `slot`, with this thread's other servers of the slot. */
export function publishServer(server: net.Server, page: StatePage, slot: number): void {
  const publisher = page.publish(slot);
  const row = rows.get(publisher) ?? new PublishedServers(publisher);
  rows.set(publisher, row);
  row.add(server as ServerInternals);
  if (!rowOf.has(server)) watch(server as ServerInternals);
  rowOf.set(server, row);
}

function watch(server: ServerInternals): void {
  const changed = () => rowOf.get(server)?.update();
  server.on('listening', changed);
  server.on('connection', () => rowOf.get(server)?.accepted());
  // Node calls it also in close(), right behind the closing of the listener.
  watchConnectionEnds(server, changed);
  server.on('close', () => rowOf.get(server)?.remove(server));
}
