/** Which path of the dashboard answers what: the files of a page, and the stream that it lives from. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../log.js';
import { type AccessRules, type Asked, refuseFigures, refusePage } from './access.js';
import type { Feed } from './feed.js';
import type { PageFiles } from './files.js';

export interface DashboardParts {
  files: PageFiles;
  feed: Feed;
  log: Logger;
  readonly rules: () => AccessRules;
}

/** Where the stream is. */
export const EVENTS_PATH = '/events';

/** Nothing from anywhere else, nothing inline, in nobody's frame. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  // None that is idle is in the way of a master that goes.
  connection: 'close',
};

/** For GET and HEAD alone. */
export function respond(request: IncomingMessage, response: ServerResponse, parts: DashboardParts): void {
  try {
    answer(request, response, parts);
  } catch (error) {
    const { message } = error as Error;
    parts.log.error({ event: 'dashboard-failed' }, `dashboard: ${request.url} could not be answered: ${message}`);
    if (response.headersSent) response.destroy();
    else say(request, response, 500, `could not be read: ${message}`);
  }
}

function answer(request: IncomingMessage, response: ServerResponse, parts: DashboardParts): void {
  const { method, url = '/' } = request;
  const path = url.split('?', 1)[0] ?? '';
  const { files, rules } = parts;
  const isEvents = path === EVENTS_PATH;
  const refusal = (isEvents ? refuseFigures : refusePage)(rules(), askedBy(request));
  if (refusal !== null) {
    if (refusal.status === 401) response.setHeader('www-authenticate', 'Bearer');
    return say(request, response, refusal.status, refusal.why);
  }
  if (!isEvents && !files.has(path)) return say(request, response, 404, `not found: there are / and ${EVENTS_PATH}`);
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return say(request, response, 405, `${method} is not allowed: GET and HEAD are`);
  }
  if (isEvents) return stream(request, response, parts);
  const { contentType, body } = files.get(path);
  send(request, response, 200, contentType, body);
}

function askedBy({ headers }: IncomingMessage): Asked {
  const site = headers['sec-fetch-site'];
  return {
    host: headers.host,
    authorization: headers.authorization,
    site: typeof site === 'string' ? site : undefined,
  };
}

function stream(request: IncomingMessage, response: ServerResponse, { feed }: DashboardParts): void {
  if (feed.isFull) {
    response.setHeader('retry-after', '10');
    return say(request, response, 503, `${feed.viewers} watch already: close a page`);
  }
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream; charset=utf-8' });
  if (request.method === 'HEAD') response.end();
  else feed.join(response);
}

function say(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  send(request, response, status, 'text/plain; charset=utf-8', Buffer.from(`${text}\n`));
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  body: Buffer,
): void {
  response.writeHead(status, { ...HEADERS, 'content-type': contentType, 'content-length': body.length });
  response.end(method === 'HEAD' ? undefined : body);
}
