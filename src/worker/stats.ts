import diagnostics from 'node:diagnostics_channel';
import type { WorkerStats } from '../channel/messages.js';
import type { ConnectionLimit } from './connection-limit.js';
import type { WorkerRow } from './row.js';
import { openConnections, type ServerRegistry } from './servers.js';

/**
 * Counts what the worker accepts and serves, by plain increments: Node's own diagnostics channels call us, nothing of
 * the program's servers is wrapped.
 */
export class WorkerCounters {
  readonly #servers: ServerRegistry;
  readonly #row: WorkerRow;
  readonly #acceptedElsewhere: () => number;
  readonly #limit: Pick<ConnectionLimit, 'refused'> | null;
  #accepted = 0;
  #requests = 0;
  /** Loaded with the first look at it: not part of the start. */
  #lastUtilization: ReturnType<typeof performance.eventLoopUtilization> | undefined;

  /** `acceptedElsewhere`: connections that were accepted by others than Node's own servers. */
  constructor(
    servers: ServerRegistry,
    row: WorkerRow,
    limit: Pick<ConnectionLimit, 'refused'> | null,
    acceptedElsewhere: () => number,
  ) {
    this.#limit = limit;
    this.#servers = servers;
    this.#row = row;
    this.#acceptedElsewhere = acceptedElsewhere;
    diagnostics.subscribe('net.server.socket', () => {
      this.#accepted += 1;
      row.setConnections(this.#allAccepted);
      row.setOpenConnections(servers.connections());
    });
    const countRequest = () => this.countRequest();
    diagnostics.subscribe('http.server.request.start', countRequest);
    // Published by Node versions that know it; on others HTTP/2 requests are not counted.
    diagnostics.subscribe('http2.server.stream.start', countRequest);
  }

  countRequest(): void {
    this.#requests += 1;
    this.#row.setRequests(this.#requests);
  }

  /** A connection of those counted was accepted by another worker, which has handed it over. */
  handedOver(): void {
    this.#accepted -= 1;
  }

  get #allAccepted(): number {
    return this.#accepted + this.#acceptedElsewhere();
  }

  get #counted(): Pick<WorkerStats, 'requests' | 'accepted' | 'refused'> {
    return { requests: this.#requests, accepted: this.#allAccepted, refused: this.#limit?.refused ?? 0 };
  }

  /** What has been counted when it is all over. */
  last(): WorkerStats {
    return { ...this.#counted, openConnections: 0, loopUtilization: 0 };
  }

  /** The figures now; the loop's utilization since the last call. */
  async read(): Promise<WorkerStats> {
    const open = await openConnections(this.#servers.all());
    const last = this.#lastUtilization;
    const { utilization } =
      last === undefined ? performance.eventLoopUtilization() : performance.eventLoopUtilization(last);
    this.#lastUtilization = performance.eventLoopUtilization();
    return { ...this.#counted, openConnections: open, loopUtilization: utilization };
  }
}
