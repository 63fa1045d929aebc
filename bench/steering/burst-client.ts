/** Connections whose moment and order matter, which loadgen does not decide for each. Loopback only. */
import { connect } from 'node:net';
import type { TcpNetConnectOpts } from 'node:net';
import { isWhole, KeptClient, requestText, workerOf } from './kept-client.js';

export interface BurstAnswer {
  worker: string;
  /** From the call to the end of the answer. */
  ms: number;
  failure: string | undefined;
}

/** Opens `count` connections in one turn, one request on each, and waits for all answers. */
export function openBurst(
  host: string,
  port: number,
  count: number,
  timeoutMs: number,
  localAddress?: string,
): Promise<BurstAnswer[]> {
  const target = localAddress === undefined ? { host, port } : { host, port, localAddress };
  return Promise.all(Array.from({ length: count }, () => askOnce(target, timeoutMs)));
}

function askOnce(target: TcpNetConnectOpts, timeoutMs: number): Promise<BurstAnswer> {
  return new Promise((resolve) => {
    const began = performance.now();
    let answer = '';
    const socket = connect(target);
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    let failure: string | undefined;
    socket.setEncoding('latin1');
    socket.write(requestText('/', true));
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('error', (error) => (failure = error.message));
    socket.on('close', () => {
      clearTimeout(timer);
      if (failure === undefined && !isWhole(answer)) failure = 'incomplete answer';
      resolve({ worker: workerOf(answer), ms: performance.now() - began, failure });
    });
  });
}

/** A kept-alive connection to one worker. */
export interface WorkerConnection {
  worker: string;
  send: (path: string) => void;
  /** Resolves when what was sent has been answered. */
  answered: () => Promise<void>;
  close: () => void;
}

/** One kept-alive connection to each worker, by opening more until all have been met. */
export async function openToEachWorker(
  host: string,
  port: number,
  workers: number,
  timeoutMs: number,
): Promise<WorkerConnection[]> {
  const found = new Map<string, WorkerConnection>();
  const deadline = Date.now() + timeoutMs;
  while (found.size < workers) {
    if (Date.now() > deadline) {
      for (const { close } of found.values()) close();
      throw new Error(`met ${found.size} of ${workers} workers within ${timeoutMs} ms`);
    }
    // Several at once: one at a time, a policy without anything to go by may take the same worker for ever.
    const opening = Array.from({ length: 2 * workers }, () => openKeptAlive(host, port, timeoutMs));
    for (const connection of await Promise.all(opening)) {
      if (found.has(connection.worker)) connection.close();
      else found.set(connection.worker, connection);
    }
  }
  return [...found.values()];
}

async function openKeptAlive(host: string, port: number, timeoutMs: number): Promise<WorkerConnection> {
  const client = await KeptClient.connect(host, port, timeoutMs);
  let asked = client.ask('/');
  const { worker } = await asked;
  const send = (path: string): void => {
    asked = client.ask(path);
    // Who does not wait for the answer may not want it: its worker may be killed.
    asked.catch(() => {});
  };
  const answered = async (): Promise<void> => void (await asked);
  return { worker, send, answered, close: () => client.close() };
}
