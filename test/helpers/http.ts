import { EventEmitter, once } from 'node:events';
import http from 'node:http';

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** One request on a connection of its own. `onHead` is called when the head of the answer has come. */
export function get(
  port: number,
  path = '/',
  options: http.RequestOptions = {},
  onHead: () => void = () => {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      { host: '127.0.0.1', port, path, agent: false, timeout: 20_000, ...options },
      (response) => {
        onHead();
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (data: string) => (body += data));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
        response.on('error', reject);
      },
    );
    request.on('timeout', () => request.destroy(new Error('no answer within 20 s')));
    request.on('error', reject);
  });
}

/** A turn of so long in one worker of fixtures/http-block.cjs: when it has begun, and its answer, which comes when it is over. */
export function block(port: number, ms: number): { begun: Promise<unknown>; answer: Promise<Answer> } {
  const head = new EventEmitter();
  const begun = once(head, 'begun');
  const answer = get(port, `/block?ms=${ms}`, {}, () => head.emit('begun'));
  return { begun: Promise.race([begun, answer]), answer };
}

/** Bodies that requests on `count` new connections get, with how often each came. */
export async function tally(
  port: number,
  count: number,
  options: http.RequestOptions = {},
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let index = 0; index < count; index += 1) {
    const { body } = await get(port, '/', options);
    counts.set(body, (counts.get(body) ?? 0) + 1);
  }
  return counts;
}
