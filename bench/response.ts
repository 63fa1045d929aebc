import { connect } from 'node:net';

export interface RawResponse {
  /** What came over the wire, with the values of Date and x-worker replaced. */
  normalized: string;
  worker: string;
}

/** Two correct answers differ in the second they were written and in the process that wrote them, and in nothing else. */
export function normalizeResponse(raw: string): RawResponse {
  const worker = /^x-worker: (\d+)\r$/im.exec(raw)?.[1] ?? '';
  const normalized = raw.replace(/^(date: ).+\r$/im, '$1*\r').replace(/^(x-worker: )\d+\r$/im, '$1*\r');
  return { normalized, worker };
}

function isComplete(raw: string): boolean {
  const headEnd = raw.indexOf('\r\n\r\n');
  const length = /^content-length: (\d+)\r$/im.exec(raw)?.[1];
  return headEnd >= 0 && length !== undefined && Buffer.byteLength(raw.slice(headEnd + 4)) >= Number(length);
}

/** One GET on a new connection, the answer byte for byte. With `close` it reads to the end of the connection. */
export function fetchRaw(host: string, port: number, close: boolean, timeoutMs: number): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    let raw = '';
    const socket = connect({ host, port });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no complete answer within ${timeoutMs} ms: ${raw}`)));
    socket.setEncoding('latin1');
    socket.on('connect', () =>
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}:${port}\r\n${close ? 'Connection: close\r\n' : ''}\r\n`),
    );
    socket.on('data', (chunk: string) => {
      raw += chunk;
      if (!close && isComplete(raw)) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      if (isComplete(raw)) resolve(normalizeResponse(raw));
      else reject(new Error(`incomplete answer: ${JSON.stringify(raw)}`));
    });
  });
}

const ANSWER_DEADLINE_MS = 5_000;

/** The answers to both kinds of request, with what may differ replaced. */
export async function fetchAnswers(host: string, port: number): Promise<readonly string[]> {
  const closing = await fetchRaw(host, port, true, ANSWER_DEADLINE_MS);
  const keptAlive = await fetchRaw(host, port, false, ANSWER_DEADLINE_MS);
  return [closing.normalized, keptAlive.normalized];
}
