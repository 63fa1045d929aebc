/** The forms of `app.listen(…)` and `app.listen_unix(…)`, read as uWebSockets.js reads them. Pure. */
import type { ListenCallback } from './types.js';

/** LIBUS_LISTEN_EXCLUSIVE_PORT: nobody may share the port, not even this program. */
export const EXCLUSIVE = 1;

export interface ListenCall {
  /** Empty: all addresses, both families. */
  host: string;
  port: number;
  /** Bits: {@link EXCLUSIVE}, and others that are not ours to know. */
  options: number;
  callback: ListenCallback;
}

/** `(port, cb)`, `(port, options, cb)`, `(host, port, cb)`, `(host, port, options, cb)`; null for what uWebSockets.js refuses. */
export function readListen(args: readonly unknown[]): ListenCall | null {
  const callback = args.at(-1);
  if (args.length < 2 || typeof callback !== 'function') return null;
  const [first] = args;
  const host = typeof first === 'number' ? '' : textOf(first);
  if (host === null) return null;
  const numbers = args.slice(host === '' ? 0 : 1, -1);
  // As the C library reads the number that it is handed.
  const port = Number(numbers[0] ?? 0) & 0xff_ff;
  const options = Number(numbers[1] ?? 0) >>> 0;
  return { host, port, options, callback: callback as ListenCallback };
}

/** `(cb, path)`; null for what uWebSockets.js refuses. */
export function readListenUnix(args: readonly unknown[]): { path: string; callback: ListenCallback } | null {
  const [callback, given] = args;
  const path = textOf(given);
  if (typeof callback !== 'function' || path === null || path === '') return null;
  return { path, callback: callback as ListenCallback };
}

/** Of what it calls a RecognizedString; null for anything else. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString();
  if (!ArrayBuffer.isView(value)) return null;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
}

export function isExclusive(options: number): boolean {
  return (options & EXCLUSIVE) !== 0;
}
