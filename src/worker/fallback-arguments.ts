/** The forms of `server.listen(…)` that ask for a listener, as Node's documentation lists them. */

export interface FallbackWish {
  /** -1 for a path. */
  port: number;
  host: string | null;
  path: string | null;
  ipv6Only: boolean;
  backlog: number | null;
  signal: AbortSignal | null;
  callback: (() => void) | null;
}

interface ListenOptions {
  port?: unknown;
  host?: unknown;
  path?: unknown;
  backlog?: unknown;
  ipv6Only?: unknown;
  exclusive?: unknown;
  signal?: unknown;
  fd?: unknown;
  handle?: unknown;
  _handle?: unknown;
}

/** null for what is left to Node: a descriptor, a handle, `exclusive`, and arguments that it will refuse. */
export function fallbackWish(args: readonly unknown[]): FallbackWish | null {
  const [first, second, third] = args;
  const last = args.at(-1);
  const options = optionsOf(first, second);
  if (options === null || isLeftAlone(options)) return null;
  const port = portOf(options);
  const path = port === null && typeof options.path === 'string' ? options.path : null;
  if (port === null && path === null) return null;
  return {
    port: port ?? -1,
    host: path === null && typeof options.host === 'string' && options.host !== '' ? options.host : null,
    path,
    ipv6Only: options.ipv6Only === true,
    backlog: backlogOf(options.backlog) ?? backlogOf(second) ?? backlogOf(third),
    signal: options.signal instanceof AbortSignal ? options.signal : null,
    callback: typeof last === 'function' ? (last as () => void) : null,
  };
}

function optionsOf(first: unknown, second: unknown): ListenOptions | null {
  if (first === undefined || first === null || typeof first === 'function') return { port: 0 };
  if (typeof first === 'object') return first;
  if (typeof first !== 'number' && typeof first !== 'string') return null;
  if (typeof first === 'string' && !/^\s*\d+\s*$/.test(first)) return { path: first };
  return { port: first, host: second };
}

function isLeftAlone({ fd, handle, _handle, exclusive }: ListenOptions): boolean {
  return typeof fd === 'number' || handle !== undefined || _handle !== undefined || exclusive === true;
}

function portOf(options: ListenOptions): number | null {
  if (!('port' in options)) return null;
  const port = Number(options.port ?? 0);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : null;
}

function backlogOf(value: unknown): number | null {
  return (typeof value === 'number' || typeof value === 'string') && Number(value) > 0 ? Number(value) : null;
}
