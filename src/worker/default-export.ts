/** Programs that export a server instead of listening: a handler, `{ fetch }`, or a net.Server. */
import { realpathSync } from 'node:fs';
import type http from 'node:http';
import net from 'node:net';
import { pathToFileURL } from 'node:url';

type Fetch = (request: Request) => Response | Promise<Response>;

export type Exported =
  | { kind: 'handler'; handler: http.RequestListener }
  | { kind: 'fetch'; fetch: Fetch }
  | { kind: 'server'; server: net.Server };

/**
 * How long a program that exports a handler, but has other things to do, may take to listen by itself: many do so when
 * their database is connected, and export the handler for their tests.
 */
const PATIENCE_MS = 1_000;

/** Settles when the program has nothing else to do, or when it has had its time. */
export function programSettles(): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      clearTimeout(timer);
      process.removeListener('beforeExit', settle);
      resolve();
    };
    const timer = setTimeout(settle, PATIENCE_MS).unref();
    process.once('beforeExit', settle);
  });
}

/** What the main module exports when it has been evaluated; undefined when it is nothing that can be served. */
export async function mainExport(): Promise<Exported | undefined> {
  const main = process.mainModule;
  if (main !== undefined) return classify(main.exports);
  const script = process.argv[1];
  if (script === undefined) return undefined;
  try {
    // The main module is in the loader's cache under this very URL: this waits for its evaluation, and runs nothing.
    const path = process.execArgv.includes('--preserve-symlinks-main') ? script : realpathSync(script);
    const namespace = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
    return classify(namespace['default']);
  } catch {
    // The main module's own failure is reported by Node.
    return undefined;
  }
}

export function classify(value: unknown): Exported | undefined {
  if (value instanceof net.Server) return { kind: 'server', server: value };
  // A compiled ES module keeps its default beside the named exports.
  if (isObject(value) && value['__esModule'] === true) return classify(value['default']);
  if (typeof value === 'function' && !isClass(value))
    return { kind: 'handler', handler: value as http.RequestListener };
  if (isObject(value) && typeof value['fetch'] === 'function') {
    return { kind: 'fetch', fetch: (request) => (value as unknown as { fetch: Fetch }).fetch(request) };
  }
  return undefined;
}

export async function serverFor(exported: Exported): Promise<net.Server> {
  // Loaded only here: a worker whose program listens by itself need not pay for it.
  const { createServer } = process.getBuiltinModule('node:http');
  switch (exported.kind) {
    case 'server':
      return exported.server;
    case 'handler':
      return createServer(exported.handler);
    case 'fetch': {
      const { toNodeHandler } = await import('srvx/node');
      return createServer(toNodeHandler(exported.fetch) as http.RequestListener);
    }
    default:
      return exported satisfies never;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}
