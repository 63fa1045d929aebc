import type net from 'node:net';
import type { WorkerSettings } from '../channel/messages.js';
import { mainExport, programSettles, serverFor } from './default-export.js';
import type { ServerRegistry } from './servers.js';

const DEFAULT_PORT = 3000;
const DEFAULT_HOST = '127.0.0.1';

/** The server of a program that exports one instead of listening. It gives way when the program listens after all. */
export class ExportedServer {
  readonly #bind: WorkerSettings['bind'];
  readonly #servers: ServerRegistry;
  readonly #isReady: () => boolean;
  readonly #warn: (code: string, message: string) => void;
  #server: net.Server | null = null;

  constructor(
    bind: WorkerSettings['bind'],
    servers: ServerRegistry,
    isReady: () => boolean,
    warn: (code: string, message: string) => void,
  ) {
    this.#bind = bind;
    this.#servers = servers;
    this.#isReady = isReady;
    this.#warn = warn;
  }

  /** Serves what the main module exports, if it is something to serve and the program does not listen. */
  async serve(): Promise<void> {
    if (this.#isServed()) return;
    const exported = await mainExport();
    if (exported === undefined || this.#isServed()) return;
    // `--bind` says that the export is meant to be served, and so does a `fetch`.
    if (this.#bind === null && exported.kind !== 'fetch') await programSettles();
    const server = await serverFor(exported);
    if (this.#isServed() || server.listening) return;
    this.#server = server;
    const { host, port } = this.#bind ?? fromEnvironment(process.env);
    if (host === null) server.listen(port);
    else server.listen(port, host);
  }

  /** The program listens by itself: what was served for it from its export goes away again, and `--bind` is void. */
  giveWayTo(server: unknown): void {
    if (server === this.#server) return;
    this.#server?.close();
    this.#server = null;
    if (this.#bind !== null) this.#warn('WARN_BIND_IGNORED', 'the script listens by itself: --bind is ignored');
  }

  #isServed(): boolean {
    return this.#servers.all().length > 0 || this.#isReady();
  }
}

/** `PORT` and `HOST`, as most hosting services set them. */
export function fromEnvironment(env: NodeJS.ProcessEnv): { host: string; port: number } {
  const text = env['PORT'] ?? '';
  const port = /^\d+$/.test(text) ? Number(text) : DEFAULT_PORT;
  return { host: env['HOST'] || DEFAULT_HOST, port: port <= 65_535 ? port : DEFAULT_PORT };
}
