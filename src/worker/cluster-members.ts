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

interface ClusterWorker {
  disconnect(): unknown;
  kill(signal?: string): void;
  destroy(signal?: string): void;
  isConnected(): boolean;
  exitedAfterDisconnect?: boolean;
}

/** Waits for the program to load node:cluster, by `require` or by `import`, and then supplies the members. */
export function supplyClusterMembers(hooks: ClusterHooks): void {
  let supplied = false;
  const supply = () => {
    if (supplied) return;
    supplied = true;
    define(hooks);
  };
  watchRequire(supply);
  watchImport(supply);
}

/** CommonJS: every `require` of a builtin goes through Module._load. */
function watchRequire(supply: () => void): void {
  const loader = Module as unknown as { _load: (this: unknown, request: string, ...rest: unknown[]) => unknown };
  const original = loader._load;
  loader._load = function load(request, ...rest) {
    if (request === 'cluster' || request === 'node:cluster') {
      if (loader._load === load) loader._load = original;
      supply();
    }
    return original.call(this, request, ...rest);
  };
}

/** ES modules: the first import reads every exported property once to make the named exports. */
function watchImport(supply: () => void): void {
  const { Worker } = cluster as unknown as { Worker: unknown };
  Object.defineProperty(cluster, 'Worker', {
    configurable: true,
    enumerable: true,
    get() {
      Object.defineProperty(cluster, 'Worker', { configurable: true, enumerable: true, writable: true, value: Worker });
      supply();
      return Worker;
    },
  });
}

function define(hooks: ClusterHooks): void {
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
  const disconnect = () => {
    connected = false;
    hooks.retire();
  };
  Object.defineProperties(process, {
    send: { configurable: true, enumerable: true, writable: true, value: send },
    disconnect: { configurable: true, enumerable: true, writable: true, value: disconnect },
    connected: { configurable: true, enumerable: true, get: () => connected },
  });
  const worker = cluster.worker as ClusterWorker | undefined;
  if (worker === undefined) return;
  const leave = () => {
    worker.exitedAfterDisconnect = true;
    disconnect();
    return worker;
  };
  Object.assign(worker, { disconnect: leave, kill: leave, destroy: leave, isConnected: () => connected });
}
