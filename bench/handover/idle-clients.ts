import { once } from 'node:events';
import net from 'node:net';
import { startService } from '../promises/service.js';
import { echoProgram } from './fuzz.js';

export interface IdleFigures {
  /** From the order to drain to the last connection's arrival in the new worker, by the master's log; of each worker. */
  tookMs: number[];
  /** Clients whose connection has ended, of those of all reloads. */
  cut: number;
}

const AT_ONCE = 50;

/** Reloads under clients that have used their connection once and keep it. */
export async function measureIdleClients(
  node: string,
  clients: number,
  workers: number,
  reloads: number,
): Promise<IdleFigures> {
  const service = await startService(workers, ['--log-format', 'json'], { node, program: echoProgram });
  const sockets: net.Socket[] = [];
  try {
    while (sockets.length < clients) {
      const more = Math.min(AT_ONCE, clients - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: more }, () => used(service.port)))));
    }
    for (let round = 0; round < reloads; round += 1) {
      await service.command('reload');
      // The report is on its way when the old worker has ended.
      await service.status();
    }
    const lines = service.server.output.split('\n').filter((line) => line.includes('"handed-over"'));
    const tookMs = lines.map((line) => (JSON.parse(line) as { tookMs: number }).tookMs);
    return { tookMs, cut: sockets.filter(({ destroyed, readableEnded }) => destroyed || readableEnded).length };
  } finally {
    for (const socket of sockets) socket.destroy();
    await service.stop();
  }
}

/** A connection that has had its answer. */
async function used(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET /idle HTTP/1.1\r\nHost: idle\r\n\r\n');
  await once(socket, 'data');
  return socket.resume();
}
