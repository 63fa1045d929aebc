import type net from 'node:net';
import { PROTOCOL_VERSION, type DrainReason, type ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import { supplyClusterMembers } from './cluster-members.js';
import { mainExport, serverFor } from './default-export.js';
import { drain } from './drain.js';
import type { MasterLink } from './link.js';
import { interceptListening } from './listen.js';
import { probeInternals } from './node-internals.js';
import { ServerRegistry } from './servers.js';
import { SessionTracker } from './sessions.js';
import { publishContext } from './state.js';
import { WorkerCounters } from './stats.js';

type Welcome = Extract<ToWorker, { type: 'welcome' }>;

/** Makes this process a worker: everything that happens around the program, from the hello to the drain. */
export function startWorker(addon: Addon, link: MasterLink, welcome: Welcome): void {
  const { slot, generation, settings } = welcome;
  const version = PROTOCOL_VERSION;
  link.send({ type: 'hello', version, pid: process.pid, slot, generation, node: process.version });
  const missing = probeInternals();
  if (missing.length > 0) {
    const message = `Node ${process.version} lacks ${missing.join(', ')}: listening is not intercepted`;
    link.send({ type: 'warning', code: 'ERR_UNSUPPORTED_NODE', message });
  }

  const servers = new ServerRegistry();
  const counters = new WorkerCounters(servers);
  const sessions = new SessionTracker();
  const abort = new AbortController();
  const drainHandlers: (() => void | Promise<void>)[] = [];
  let ready = false;
  let draining = false;
  let ownServer: net.Server | null = null;

  const sayReady = () => {
    if (ready) return;
    ready = true;
    link.send({ type: 'ready' });
  };

  interceptListening({
    addon,
    link,
    settings,
    servers,
    onListening: (server) => {
      if (server !== ownServer) leaveToProgram();
      if (settings.keepAliveMs !== null) overrideKeepAlive(server, settings.keepAliveMs);
      sessions.watch(server);
      // Not before the program's own turn is over: it may listen on more than one address.
      setImmediate(sayReady);
    },
  });

  publishContext({
    slot,
    generation,
    signal: abort.signal,
    onDrain: (handler) => {
      drainHandlers.push(handler);
    },
  });

  supplyClusterMembers({
    ready: sayReady,
    retire: () => link.send({ type: 'retire' }),
    warn: (code, message) => link.send({ type: 'warning', code, message }),
  });

  const leave = async (reason: DrainReason, graceMs: number) => {
    if (draining) return;
    draining = true;
    abort.abort();
    const handled = Promise.allSettled(drainHandlers.map(async (handler) => handler()));
    await drain({ addon, link, servers, sessions }, reason, graceMs);
    for (const result of await handled) if (result.status === 'rejected') void Promise.reject(result.reason as Error);
    end();
  };

  link.onCommand((command) => {
    if (command.type === 'drain') void leave(command.reason, command.graceMs);
    else void counters.read().then((stats) => link.send({ type: 'stats', id: command.id, stats }));
  });
  link.onLost(() => void leave('orphan', settings.gracefulTimeoutMs));

  setImmediate(() => void serveDefaultExport());

  async function serveDefaultExport(): Promise<void> {
    if (servers.all().length > 0) return;
    const exported = await mainExport();
    if (exported === undefined || servers.all().length > 0 || ready) return;
    const server = await serverFor(exported);
    if (server.listening) return;
    ownServer = server;
    const { host, port } = settings.bind ?? defaultBind();
    if (host === null) server.listen(port);
    else server.listen(port, host);
  }

  /** The program listens by itself after all: what was served for it from its export goes away again. */
  function leaveToProgram(): void {
    if (ownServer !== null) {
      ownServer.close();
      ownServer = null;
    }
    if (settings.bind !== null) {
      const message = 'the script listens by itself: --bind is ignored';
      link.send({ type: 'warning', code: 'WARN_BIND_IGNORED', message });
    }
  }
}

/** Ends as the program would on a signal: by its own handlers where it has some, so that they can clean up. */
function end(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    if (process.listenerCount(signal) > 0) {
      process.kill(process.pid, signal);
      return;
    }
  }
  process.exit();
}

function defaultBind(): { host: string | null; port: number } {
  const port = Number(process.env['PORT'] ?? 3000);
  return { host: process.env['HOST'] ?? '127.0.0.1', port: Number.isInteger(port) ? port : 3000 };
}

/** `--keep-alive` holds against what the program sets before and after it listens. */
function overrideKeepAlive(server: unknown, keepAliveMs: number): void {
  if (typeof server !== 'object' || server === null || !('keepAliveTimeout' in server)) return;
  Object.defineProperty(server, 'keepAliveTimeout', {
    configurable: true,
    enumerable: true,
    get: () => keepAliveMs,
    set: () => {},
  });
}
