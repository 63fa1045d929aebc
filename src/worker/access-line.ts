/** A line of the access log, from what is known of a request when it is over. */

export const ACCESS_FORMATS = ['combined', 'json'] as const;
export type AccessFormat = (typeof ACCESS_FORMATS)[number];

export interface Access {
  /** When the request came. */
  at: Date;
  remoteAddress: string | undefined;
  method: string;
  url: string;
  httpVersion: string;
  host: string | undefined;
  /** 499, as nginx says it, where the client has gone before there was a status. */
  status: number;
  /** Of the body, as far as they have been given to the kernel. */
  bytes: number;
  referer: string | undefined;
  userAgent: string | undefined;
  durationMs: number;
  /** Has the answer ended before it was complete. */
  aborted: boolean;
  worker: number | undefined;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number) => String(value).padStart(2, '0');

/** `10/Oct/2026:13:55:36 +0000`, in UTC whatever the time zone of the machine. */
function clfTime(at: Date): string {
  const day = `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  return `${day}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
}

/** What a client sends must neither end a field nor the line: as nginx escapes it. */
function quoted(text: string | undefined): string {
  const safe = (text ?? '-').replace(/["\\]|[^\u0020-\u007e]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
  return `"${safe}"`;
}

function combined(access: Access): string {
  const { at, remoteAddress = '-', method, url, httpVersion, status, bytes, referer, userAgent } = access;
  const request = quoted(`${method} ${url} HTTP/${httpVersion}`);
  return `${remoteAddress} - - [${clfTime(at)}] ${request} ${status} ${bytes} ${quoted(referer)} ${quoted(userAgent)}\n`;
}

/** Ends with a newline. `combined` is that of nginx, Apache and Gunicorn, field by field; `json` has all that is known. */
export function accessLine(format: AccessFormat, access: Access, pid: number): string {
  if (format === 'combined') return combined(access);
  const { at, durationMs, ...rest } = access;
  return `${JSON.stringify({ time: at.toISOString(), ...rest, durationMs: Number(durationMs.toFixed(3)), pid })}\n`;
}
