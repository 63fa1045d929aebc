/**
 * What programs written for node:cluster, or for PM2, expect of their process: supplied when the program loads
 * node:cluster, and only then, because in `node server.js` there is no `process.send`.
 */
import cluster from 'node:cluster';
import Module from 'node:module';

export interface ClusterHooks {
  /** The program says that it is ready (PM2's `process.send('ready')`). */
  ready(): void;
  /** The program wants to leave: drain, with a successor. */
  retire(): void;
  warn(code: string, message: string): void;
}

export interface ClusterMembers {
  /** A spare has got its slot: `cluster.worker.id` becomes what it is in a worker that had it from the start. */
  assigned(slot: number): void;
  /** The worker is about to end: says so as Node does to a worker whose channel closes. */
  left(): void;
}

interface ClusterWorker {
  disconnect(): unknown;
  kill(signal?: string): void;
  destroy(signal?: string): void;
  isConnected(): boolean;
  exitedAfterDisconnect?: boolean;
}

/** Waits for the program to load node:cluster, by `require` or by `import`, and then supplies the members. */
export function supplyClusterMembers(hooks: ClusterHooks): ClusterMembers {
  let leave: (() => void) | null = null;
  const loaded = (by: string) => {
    if (leave !== null) return;
    leave = define(hooks);
    // A library that only looks whether it is in a cluster does not make the program one that was written for it.
    if (by.includes('/node_modules/')) return;
    const message =
      'the program loads node:cluster: every worker runs its worker branch; its primary branch never runs, because ' +
      'reuseport starts and replaces the workers';
    hooks.warn('WARN_CLUSTER_PRIMARY', message);
  };
  whenRequired(loaded);
  whenImported(loaded);
  return {
    assigned: (slot) => {
      if (cluster.worker !== undefined) cluster.worker.id = slot + 1;
    },
    left: () => leave?.(),
  };
}

type Load = (this: unknown, request: string, parent: { filename?: string } | undefined, ...rest: unknown[]) => unknown;

/** CommonJS: every `require` of a builtin goes through Module._load. `loaded` is told the file that asks. */
function whenRequired(loaded: (by: string) => void): void {
  const loader = Module as unknown as { _load: Load };
  const original = loader._load;
  loader._load = function load(request, parent, ...rest) {
    if (request === 'cluster' || request === 'node:cluster') {
      if (loader._load === load) loader._load = original;
      loaded(parent?.filename ?? '');
    }
    return original.call(this, request, parent, ...rest);
  };
}

/** ES modules: with every import of a builtin Node reads its properties, to keep the named exports in step. */
function whenImported(loaded: (by: string) => void): void {
  const { Worker } = cluster as unknown as { Worker: unknown };
  const shape = { configurable: true, enumerable: true };
  Object.defineProperty(cluster, 'Worker', {
    ...shape,
    get() {
      Object.defineProperty(cluster, 'Worker', { ...shape, writable: true, value: Worker });
      loaded('');
      return Worker;
    },
  });
}

/** Returns what to call when the worker ends. */
function define(hooks: ClusterHooks): () => void {
  let warned = false;
  let connected = true;
  const send = (message: unknown, ...rest: unknown[]) => {
    if (message === 'ready') hooks.ready();
    else if (!warned) {
      warned = true;
      hooks.warn('ERR_NO_PRIMARY', 'process.send: there is no primary to receive it; such messages are dropped');
    }
    const callback = rest.find((value) => typeof value === 'function') as ((error: null) => void) | undefined;
    if (callback !== undefined) process.nextTick(callback, null);
    return true;
  };
  const worker = cluster.worker as ClusterWorker | undefined;
  const disconnect = () => {
    if (!connected) return;
    connected = false;
    if (worker !== undefined) worker.exitedAfterDisconnect = true;
    hooks.retire();
  };
  Object.defineProperties(process, {
    send: { configurable: true, enumerable: true, writable: true, value: send },
    disconnect: { configurable: true, enumerable: true, writable: true, value: disconnect },
    connected: { configurable: true, enumerable: true, get: () => connected },
  });
  if (worker !== undefined) {
    const leave = () => {
      disconnect();
      return worker;
    };
    Object.assign(worker, { disconnect: leave, kill: leave, destroy: leave, isConnected: () => connected });
  }
  return () => {
    connected = false;
    // Without it Node's own listener would end the process on the spot.
    if (worker !== undefined) worker.exitedAfterDisconnect = true;
    process.emit('disconnect');
  };
}
