import { PROTOCOL_VERSION, type DrainReason, type ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import { ListenerSource } from './acquire.js';
import { supplyClusterMembers } from './cluster-members.js';
import { bindDatagramsHere } from './datagrams.js';
import { drain } from './drain.js';
import { endProgram } from './end.js';
import { ExportedServer } from './exported-server.js';
import { interceptByPublicApi } from './fallback.js';
import type { MasterLink } from './link.js';
import { interceptListening, type ListenContext } from './listen.js';
import { probeInternals } from './node-internals.js';
import type { WorkerRow } from './row.js';
import { ServerRegistry } from './servers.js';
import { SessionTracker } from './sessions.js';
import { publishContext } from './state.js';
import { steal } from './steal.js';
import { WorkerCounters } from './stats.js';

type Welcome = Extract<ToWorker, { type: 'welcome' }>;

/** Makes this process a worker: everything that happens around the program, from the hello to the drain. */
export function startWorker(addon: Addon, link: MasterLink, welcome: Welcome, row: WorkerRow): void {
  const { slot, generation, settings } = welcome;
  const version = PROTOCOL_VERSION;
  link.send({ type: 'hello', version, pid: process.pid, slot, generation, node: process.version });
  const warn = (code: string, message: string) => link.send({ type: 'warning', code, message });

  const servers = new ServerRegistry();
  const counters = new WorkerCounters(servers, row);
  servers.onChange({
    listeners: () => row.setListeners(servers),
    connections: () => row.setOpenConnections(servers.connections()),
  });
  const sessions = new SessionTracker();
  const abort = new AbortController();
  const handled: Promise<void>[] = [];
  const drainHandlers: (() => void | Promise<void>)[] = [];
  let ready = false;
  let draining = false;

  const sayReady = () => {
    if (ready) return;
    ready = true;
    const why = row.start(servers);
    if (why !== null) warn('WARN_LOOP_PROBE', `the loop's turns cannot be seen: ${why}`);
    link.send({ type: 'ready' });
  };
  const exported = new ExportedServer(settings.bind, servers, () => ready, warn);

  intercept({
    addon,
    source: new ListenerSource(addon, link, servers),
    settings,
    servers,
    beforeListen: (server) => exported.giveWayTo(server),
    onListening: (server) => {
      exported.giveWayTo(server);
      if (settings.keepAliveMs !== null) overrideKeepAlive(server, settings.keepAliveMs);
      sessions.watch(server);
      // Not before the program's own turn is over: it may listen on more than one address, or only try whether it could.
      setImmediate(() => {
        if (servers.someListening()) sayReady();
      });
    },
  });

  function intercept(context: ListenContext): void {
    const missing = probeInternals();
    if (missing.length === 0) return interceptListening(context);
    const message = `Node ${process.version} lacks ${missing.join(', ')}: listeners are given by public API alone`;
    warn('WARN_NODE_INTERNALS', message);
    interceptByPublicApi(context);
  }

  bindDatagramsHere(() => setImmediate(sayReady));

  const callDrainHandler = (handler: () => void | Promise<void>) => {
    handled.push((async () => handler())());
  };
  publishContext({
    slot,
    generation,
    signal: abort.signal,
    onDrain: (handler) => {
      if (draining) callDrainHandler(handler);
      else drainHandlers.push(handler);
    },
  });

  const members = supplyClusterMembers({
    ready: sayReady,
    retire: () => {
      // A worker that never served has nothing to hand over.
      if (ready) link.send({ type: 'retire' });
      else setImmediate(() => process.exit());
    },
    warn,
  });

  const leave = async (reason: DrainReason, graceMs: number) => {
    if (draining) return;
    draining = true;
    row.stop();
    abort.abort();
    for (const handler of drainHandlers) callDrainHandler(handler);
    await drain({ addon, servers, sessions }, reason, graceMs);
    for (const result of await Promise.allSettled(handled)) {
      if (result.status === 'rejected') void Promise.reject(result.reason as Error);
    }
    // Out of this promise, so that what a handler throws is the uncaught exception that it would be elsewhere.
    setImmediate(() => {
      members.left();
      endProgram();
    });
  };

  link.onCommand((command, [fd]) => {
    if (command.type === 'drain') void leave(command.reason, command.graceMs);
    else if (command.type === 'steal') {
      const connections = fd === undefined ? 0 : steal(addon, servers, command, fd);
      link.send({ type: 'stolen', id: command.id, connections });
    } else void counters.read().then((stats) => link.send({ type: 'stats', id: command.id, stats }));
  });
  link.onLost(() => void leave('orphan', settings.gracefulTimeoutMs));

  setImmediate(() => void exported.serve());
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
