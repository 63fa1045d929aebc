import net from 'node:net';
import { ERROR_KINDS, ReuseportError } from '../errors.js';
import type { ControlAnswer, ControlRequest } from '../supervisor/control-protocol.js';

/** A status is told at once by any master that runs; the other commands take as long as what they ask for. */
const STATUS_TIMEOUT_MS = 10_000;

const CLOSED = 'closed without an answer: the master has ended, or does not allow this user.';
/** Why nobody is there, by errno. */
const REASONS: Record<string, string> = {
  EPIPE: CLOSED,
  ECONNRESET: CLOSED,
  ENOENT: 'there is no such socket. Is the service running, and under this name?',
  ECONNREFUSED: 'nobody listens on it: its master is gone. Start the service again, the socket is then replaced.',
  EACCES: 'it belongs to another user. Use that user, or root.',
  ENOTSOCK: 'this is no socket.',
};

/**
 * Asks the master behind the control socket and resolves with its result. Rejects with the master's own error, with
 * ERR_CONTROL_UNREACHABLE when nobody answers, and with ERR_TIMEOUT after `timeoutMs` (undefined: no limit, but 10 s for
 * `status`).
 */
export async function askMaster(path: string, request: ControlRequest, timeoutMs?: number): Promise<unknown> {
  const line = await exchange(path, request, timeoutMs);
  const answer = decodeAnswer(line);
  if (answer === null) throw unreachable(path, 'what answers there is no master of reuseport.');
  if (!answer.ok) throw new ReuseportError(answer.code, answer.message);
  return answer.result;
}

function exchange(path: string, request: ControlRequest, timeoutMs: number | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path);
    const limitMs = timeoutMs ?? (request.command === 'status' ? STATUS_TIMEOUT_MS : undefined);
    let timer: NodeJS.Timeout | undefined;
    const settle = (action: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      action();
    };
    let received = '';
    socket.setEncoding('utf8');
    socket.once('connect', () => {
      socket.write(`${JSON.stringify(request)}\n`);
      if (limitMs !== undefined) timer = setTimeout(() => settle(() => reject(late(request, limitMs))), limitMs);
    });
    socket.on('data', (text: string) => {
      received += text;
      const end = received.indexOf('\n');
      if (end >= 0) settle(() => resolve(received.slice(0, end)));
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const why = REASONS[error.code ?? ''] ?? `${error.code ?? error.message}.`;
      settle(() => reject(unreachable(path, why, error)));
    });
    socket.once('close', () => settle(() => reject(unreachable(path, CLOSED))));
  });
}

function decodeAnswer(line: string): ControlAnswer | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { ok, code, message } = value as Record<string, unknown>;
  if (ok === true) return value as ControlAnswer;
  const isRefusal = ok === false && typeof message === 'string' && typeof code === 'string';
  return isRefusal && Object.hasOwn(ERROR_KINDS, code) ? (value as ControlAnswer) : null;
}

function unreachable(path: string, why: string, cause?: unknown): ReuseportError {
  return new ReuseportError('ERR_CONTROL_UNREACHABLE', `control socket ${path}: ${why}`, { cause, fields: { path } });
}

function late({ command }: ControlRequest, limitMs: number): ReuseportError {
  const message =
    command === 'status'
      ? `status: no answer within ${limitMs} ms. The master is stopped or stuck: see its process.`
      : `${command}: not done within ${limitMs} ms (--timeout). The master goes on with it.`;
  return new ReuseportError('ERR_TIMEOUT', message);
}
