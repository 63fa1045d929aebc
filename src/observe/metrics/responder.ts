/** Which path of the metrics address answers what. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../log.js';
import type { Health } from './health.js';

export interface ResponderSource {
  metrics(): { contentType: string; text: string };
  liveness(): Health;
  readiness(): Health;
}

interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  contentType: string;
  text: string;
}

const PATHS = '/metrics, /healthz, /readyz';
const PLAIN = 'text/plain; charset=utf-8';

/** For GET and HEAD alone; each answer ends its connection, so that none is in the way of a master that goes. */
export function respond(
  request: Pick<IncomingMessage, 'method' | 'url'>,
  response: ServerResponse,
  source: ResponderSource,
  log: Logger,
): void {
  const { status, headers, contentType, text } = answerTo(request, source, log);
  const body = Buffer.from(text);
  response.writeHead(status, {
    ...headers,
    'content-type': contentType,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function answerTo(
  { method, url = '/' }: Pick<IncomingMessage, 'method' | 'url'>,
  source: ResponderSource,
  log: Logger,
): Answer {
  const route = routeOf(url.split('?', 1)[0] ?? '', source);
  if (route === null) return { status: 404, contentType: PLAIN, text: `not found: there are ${PATHS}\n` };
  if (method !== 'GET' && method !== 'HEAD') {
    const text = `${method} is not allowed: GET and HEAD are\n`;
    return { status: 405, headers: { allow: 'GET, HEAD' }, contentType: PLAIN, text };
  }
  try {
    return route();
  } catch (error) {
    const { message } = error as Error;
    log.error({ event: 'metrics-failed' }, `metrics: ${url} could not be answered: ${message}`);
    return { status: 500, contentType: PLAIN, text: `could not be read: ${message}\n` };
  }
}

function routeOf(path: string, source: ResponderSource): (() => Answer) | null {
  switch (path) {
    case '/metrics':
      return () => ({ status: 200, ...source.metrics() });
    case '/healthz':
      return () => healthAnswer(source.liveness());
    case '/readyz':
      return () => healthAnswer(source.readiness());
    default:
      return null;
  }
}

function healthAnswer({ ok, body }: Health): Answer {
  return { status: ok ? 200 : 503, contentType: 'application/json', text: `${JSON.stringify(body)}\n` };
}
