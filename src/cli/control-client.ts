import net from 'node:net';
import { createInterface } from 'node:readline';
import { ReuseportError } from '../errors.js';
import type { ControlAnswer, ControlRequest } from '../supervisor/control-protocol.js';

/**
 * Asks the master behind the control socket and resolves with its result. Rejects with the master's own error, with
 * ERR_CONTROL_UNREACHABLE when nobody answers, and with ERR_TIMEOUT after `timeoutMs` (undefined: no limit).
 */
export async function askMaster(path: string, request: ControlRequest, timeoutMs?: number): Promise<unknown> {
  const answer = await exchange(path, request, timeoutMs);
  if (!answer.ok) throw new ReuseportError(answer.code, answer.message);
  return answer.result;
}

function exchange(path: string, request: ControlRequest, timeoutMs: number | undefined): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path);
    const unreachable = (why: string, cause?: unknown) => {
      const message = `control socket ${path}: ${why}. Is the service running, and under this name?`;
      reject(new ReuseportError('ERR_CONTROL_UNREACHABLE', message, { cause }));
    };
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            socket.destroy();
            const message = `${request.command}: not done within ${timeoutMs} ms (--timeout); the master goes on with it`;
            reject(new ReuseportError('ERR_TIMEOUT', message));
          }, timeoutMs);
    socket.once('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.once('error', (error: NodeJS.ErrnoException) => unreachable(error.code ?? error.message, error));
    socket.once('close', () => {
      clearTimeout(timer);
      unreachable('closed without an answer');
    });
    createInterface({ input: socket })
      .on('error', () => {})
      .once('line', (line) => {
        resolve(JSON.parse(line) as ControlAnswer);
        socket.destroy();
      });
  });
}
