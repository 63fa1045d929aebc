import diagnostics from 'node:diagnostics_channel';
import type { WorkerStats } from '../channel/messages.js';
import type { WorkerRow } from './row.js';
import { openConnections, type ServerRegistry } from './servers.js';

/**
 * Counts what the worker accepts and serves, by plain increments: Node's own diagnostics channels call us, nothing of
 * the program's servers is wrapped.
 */
export class WorkerCounters {
  readonly #servers: ServerRegistry;
  #accepted = 0;
  #requests = 0;
  /** Loaded with the first look at it: not part of the start. */
  #lastUtilization: ReturnType<typeof performance.eventLoopUtilization> | undefined;

  constructor(servers: ServerRegistry, row: WorkerRow) {
    this.#servers = servers;
    diagnostics.subscribe('net.server.socket', () => {
      this.#accepted += 1;
      row.setConnections(this.#accepted);
      row.setOpenConnections(servers.connections());
    });
    const countRequest = () => {
      this.#requests += 1;
      row.setRequests(this.#requests);
    };
    diagnostics.subscribe('http.server.request.start', countRequest);
    // Published by Node versions that know it; on others HTTP/2 requests are not counted.
    diagnostics.subscribe('http2.server.stream.start', countRequest);
  }

  /** A connection of those counted was accepted by another worker, which has handed it over. */
  handedOver(): void {
    this.#accepted -= 1;
  }

  /** What has been counted when it is all over. */
  last(): WorkerStats {
    return { requests: this.#requests, openConnections: 0, accepted: this.#accepted, loopUtilization: 0 };
  }

  /** The figures now; the loop's utilization since the last call. */
  async read(): Promise<WorkerStats> {
    const open = await openConnections(this.#servers.all());
    const last = this.#lastUtilization;
    const { utilization } =
      last === undefined ? performance.eventLoopUtilization() : performance.eventLoopUtilization(last);
    this.#lastUtilization = performance.eventLoopUtilization();
    return {
      requests: this.#requests,
      openConnections: open,
      accepted: this.#accepted,
      loopUtilization: utilization,
    };
  }
}
