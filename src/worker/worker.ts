import { LAST_STATS, PROTOCOL_VERSION } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import { AccessLog } from './access-log.js';
import { ListenerSource } from './acquire.js';
import { ConnectionLimit } from './connection-limit.js';
import { supplyClusterMembers } from './cluster-members.js';
import { bindDatagramsHere } from './datagrams.js';
import { Door, type DoorOptions } from './door.js';
import { drain, type DrainOrder } from './drain.js';
import { DrainHandlers } from './drain-handlers.js';
import { endProgram } from './end.js';
import { ExportedServer } from './exported-server.js';
import { Handover } from './handover/handover.js';
import type { ReliefEnd } from './handover/share.js';
import { interceptByPublicApi } from './fallback.js';
import type { Entrance, MasterLink } from './link.js';
import { moveLogs } from './logs.js';
import { interceptListening, type ListenContext } from './listen.js';
import { probeInternals } from './node-internals.js';
import { pin } from './pin.js';
import type { WorkerRow } from './row.js';
import { ServerRegistry } from './servers.js';
import { SessionTracker } from './sessions.js';
import { OrphanTime, register } from './orphan.js';
import type { SiblingLoops } from './sibling-loops.js';
import { publishContext, type WorkerContext } from './state.js';
import { steal } from './steal.js';
import { WorkerCounters } from './stats.js';
import { WorkerTitle } from './title.js';
import { UpgradedSockets } from './upgraded.js';
import { UwsEngine } from './uws/engine.js';
import { interceptUws } from './uws/intercept.js';

/** Which loop of its worker this is. */
export interface LoopSelf {
  /** 0: the main thread. */
  thread: number;
  /** The kernel's number of this thread. */
  tid: number;
  masterUid: number;
  /** null: it is the only one. */
  loops: SiblingLoops | null;
}

/** Makes this loop one of a worker: everything that happens around the program, from the hello to the drain. */
export function startWorker(
  addon: Addon,
  link: MasterLink,
  entrance: Entrance,
  row: WorkerRow,
  { thread, tid, masterUid, loops }: LoopSelf,
): void {
  const { welcome, accessFd } = entrance;
  const { slot, generation, settings } = welcome;
  const version = PROTOCOL_VERSION;
  link.send({ type: 'hello', version, pid: process.pid, tid, slot, generation, node: process.version });
  const warn = (code: string, message: string) => link.send({ type: 'warning', code, message });

  const title = thread === 0 ? new WorkerTitle(addon, settings.name, generation, loops?.count ?? 1) : null;
  title?.show(slot < 0 ? undefined : slot);
  const pinTo = (own: number) => pin(addon, settings.processors, own, { threadAlone: loops !== null, warn });
  if (slot >= 0) pinTo(slot);
  const servers = new ServerRegistry();
  const limit = ConnectionLimit.of(settings.maxConnections, servers, row);
  const counters = new WorkerCounters(servers, row, limit, () => engine.accepted);
  servers.onChange({
    listeners: () => row.setListeners(servers),
    connections: () => row.setOpenConnections(servers.connections()),
  });
  const sessions = new SessionTracker();
  const upgraded = new UpgradedSockets();
  const abort = new AbortController();
  const slotHandlers: ((slot: number) => void)[] = [];
  const handlers = new DrainHandlers();
  let ready = false;
  let draining = false;

  const sayReady = () => {
    if (ready) return;
    ready = true;
    // A spare that is ready before it listens has no row: the master will do without spares.
    if (context.slot === undefined) return void link.send({ type: 'ready' });
    if (loops === null) announce();
    else loops.ready(announce);
  };
  const announce = () => {
    // It may have been told to drain while it waited for its siblings.
    if (draining) return;
    const why = row.start(servers);
    if (why !== null) warn('WARN_LOOP_PROBE', `the loop's turns cannot be seen: ${why}`);
    link.send({ type: 'ready' });
  };
  const exported = new ExportedServer(settings.bind, servers, () => ready, warn);

  const missing = probeInternals();
  const source = new ListenerSource(addon, link, servers, missing.length === 0);
  const handover = new Handover(addon, servers, missing.length === 0, {
    onAdopted: () => counters.handedOver(),
    onReceived: (received) => link.send({ type: 'received', ...received }),
    onMissing: (parts) => {
      const why = `Node ${process.version} lacks ${parts.join(', ')}`;
      const message = `${why}: idle connections are not handed over; in a drain their clients are told to close them`;
      warn('WARN_NO_HANDOVER', message);
    },
  });
  intercept({
    addon,
    source,
    settings,
    servers,
    limit,
    beforeListen: (server) => exported.giveWayTo(server),
    onListening: (server) => {
      exported.giveWayTo(server);
      if (settings.keepAliveMs !== null) overrideKeepAlive(server, settings.keepAliveMs);
      sessions.watch(server);
      upgraded.watch(server);
      sayReadySoon();
      handover.probe(server);
    },
    onExclusiveFailure: (where) => {
      const why = 'with exclusive: true it is that of one worker alone. Without, all workers share it';
      warn('WARN_EXCLUSIVE', `listening on ${where} failed: ${why}`);
    },
  });
  const engine = new UwsEngine({
    addon,
    source,
    settings,
    servers,
    beforeListen: () => {
      exported.giveWayTo(engine);
      if (limit !== null) warnUnlimited('uWebSockets.js accepts by itself');
    },
    onListening: sayReadySoon,
    onRequest: () => counters.countRequest(),
    warn,
  });
  interceptUws(engine);

  /** Not before the program's own turn is over: it may listen on more than one address, or only try whether it could. */
  function sayReadySoon(): void {
    setImmediate(() => {
      if (servers.someListening()) sayReady();
    });
  }

  function intercept(context: ListenContext): void {
    if (missing.length === 0) return void interceptListening(context);
    const message = `Node ${process.version} lacks ${missing.join(', ')}: listeners are given by public API alone`;
    warn('WARN_NODE_INTERNALS', message);
    if (limit !== null) warnUnlimited(`Node ${process.version} lacks ${missing.join(', ')}`);
    interceptByPublicApi(context);
  }

  function warnUnlimited(why: string): void {
    warn('WARN_MAX_CONNECTIONS', `--max-connections does not hold for this program's servers: ${why}`);
  }

  bindDatagramsHere(() => setImmediate(sayReady));

  const context: WorkerContext = {
    slot: slot < 0 ? undefined : slot,
    onSlot: (handler) => void slotHandlers.push(handler),
    generation,
    signal: abort.signal,
    onDrain: (handler) => handlers.add(handler),
  };
  publishContext(context);
  const accessLog =
    settings.accessLog === null
      ? null
      : new AccessLog(addon, { settings: settings.accessLog, fd: accessFd, slot: () => context.slot, warn });

  const members = supplyClusterMembers({
    ready: sayReady,
    retire: () => {
      // A worker that never served has nothing to hand over.
      if (ready) link.send({ type: 'retire' });
      else setImmediate(() => process.exit());
    },
    warn,
  });

  const leave = async (order: DrainOrder) => {
    if (draining) {
      for (const { fd } of order.lines) addon.close(fd);
      return;
    }
    draining = true;
    loops?.drains();
    row.stop();
    const tell = () => {
      abort.abort();
      handlers.begin();
    };
    const connections = await drain({ addon, servers, sessions, upgraded, handover, handlers, engine, tell }, order);
    if (connections > 0) link.send({ type: 'ended', connections });
    handlers.reportErrors();
    await loops?.othersEnded();
    // Out of this promise, so that what a handler throws is the uncaught exception that it would be elsewhere.
    setImmediate(() => {
      members.left();
      link.send({ type: 'stats', id: LAST_STATS, stats: counters.last() });
      endProgram();
    });
  };

  const share = (id: number, lines: readonly ReliefEnd[]) => {
    const done = (connections: number) => void link.send({ type: 'shared', id, connections });
    // What drains gives everything.
    if (!draining) return handover.share(lines, done);
    for (const { fd } of lines) addon.close(fd);
    done(0);
  };

  link.onCommand((command, fds) => {
    switch (command.type) {
      case 'drain': {
        const { reason, graceMs, receivers } = command;
        // Where descriptors were lacking, fewer lines came than receivers were named.
        const lines = fds.map((fd, index) => ({ fd, openConnections: receivers[index]?.openConnections ?? 0 }));
        void leave({ reason, graceMs, lines });
        return;
      }
      case 'share': {
        const { id, reliefs } = command;
        const lines = fds.map((fd, index) => ({ fd, ...(reliefs[index] ?? { openConnections: 0, part: 0 }) }));
        return share(id, lines);
      }
      case 'receive':
        for (const fd of fds) handover.receive(fd, command.from, command.because);
        return;
      case 'steal': {
        const [fd] = fds;
        const connections = fd === undefined ? 0 : steal(addon, servers, limit, command, fd);
        link.send({ type: 'stolen', id: command.id, connections });
        return;
      }
      case 'stats-request':
        void counters.read().then((stats) => link.send({ type: 'stats', id: command.id, stats }));
        return;
      case 'await-master':
        awaitedMs = command.withinMs;
        return;
      case 'logs':
        return moveLogs(addon, accessLog, command, fds);
      case 'nudge':
        // That it came is all.
        return;
      default:
        return command satisfies never;
    }
  });
  link.onAssigned((assigned) => {
    context.slot = assigned;
    row.setSlot(assigned);
    title?.show(assigned);
    pinTo(assigned);
    members.assigned(assigned);
    for (const handler of slotHandlers) handler(assigned);
  });
  let orphanGraceMs = settings.orphanGraceMs;
  let awaitedMs = 0;
  let registered: string[] = [];
  const orphan = new OrphanTime(() => void leave({ reason: 'orphan', graceMs: settings.gracefulTimeoutMs, lines: [] }));
  const door = openDoor(addon, link, warn, {
    name: `${settings.doorPrefix}${process.pid}${thread === 0 ? '' : `.${thread}`}`,
    masterUid,
    serves: () => ready && context.slot !== undefined,
    register: (channel) => {
      const held = servers.ours().filter(({ listening }) => listening);
      registered = register(
        channel,
        {
          tid,
          threads: loops?.count ?? 1,
          slot: context.slot ?? slot,
          generation,
          state: draining ? 'draining' : 'ready',
        },
        held,
        source,
      );
    },
    onTakenOver: (message, page) => {
      orphan.end();
      awaitedMs = 0;
      orphanGraceMs = message.orphanGraceMs;
      row.moveTo(page, servers);
      // What the program has closed since was told to nobody.
      for (const key of registered) if (source.held(key) === undefined) source.released(key);
    },
  });
  link.onLost(() => {
    // One that does not serve yet has nothing that would have to wait for another master.
    orphan.begin(ready && door !== null ? Math.max(orphanGraceMs, awaitedMs) : 0);
    door?.unlock();
  });

  setImmediate(() => void exported.serve());
}

/** Without a door the worker still serves: only another master cannot find it. */
function openDoor(
  addon: Addon,
  link: MasterLink,
  warn: (code: string, message: string) => void,
  options: DoorOptions,
): Door | null {
  try {
    return Door.open(addon, link, options);
  } catch (error) {
    warn('WARN_NO_DOOR', `another master could not take this worker over: ${(error as Error).message}`);
    return null;
  }
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
