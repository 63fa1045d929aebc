/**
 * Does migration move a connection from one listener to another, and is the loop that it goes to woken? Tried with two
 * listeners in this process. Kernels with CVE-2026-46015 move it and wake nobody: inet_csk_listen_stop() adds to the other
 * listener's accept queue without a call of its sk_data_ready().
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Addon } from '../native/addon.js';
import { Assembler } from '../steering/assembler.js';
import type { Capabilities } from '../steering/capabilities.js';
import { connectTo, eventually, LOOPBACK, refusal, wholeTurn } from './loopback.js';

export type MigrationTrial =
  /** The connection moved, and its new listener's loop did or did not notice; or it did not move. */
  | { outcome: 'woken' | 'not-woken' | 'not-moved' }
  /** `impossible`: neither sysctl nor program can move anything here; otherwise the trial itself failed. */
  | { outcome: 'untried'; impossible: boolean; why: string };

const BACKLOG = 8;
const SK_PASS = 1;

export async function tryMigration(
  addon: Addon,
  { migrate, migrateSysctl }: Pick<Capabilities, 'migrate' | 'migrateSysctl'>,
): Promise<MigrationTrial> {
  if (!migrate.ok && !migrateSysctl) return { outcome: 'untried', impossible: true, why: 'nothing migrates here' };
  const owned: number[] = [];
  const clients: Socket[] = [];
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket));
  try {
    const from = addon.bindTcpListener({ address: LOOPBACK, port: 0 });
    owned.push(from);
    addon.listen(from, BACKLOG);
    const { port } = addon.listenerInfo(from);
    clients.push(await connectTo(port));
    if (!(await eventually(() => addon.listenerInfo(from).queuedConnections > 0))) {
      return { outcome: 'untried', impossible: false, why: 'the connection did not get into the queue' };
    }
    const to = addon.bindTcpListener({ address: LOOPBACK, port });
    await serve(server, to);
    if (migrate.ok) owned.push(attachProgram(addon, from));
    // libuv tells epoll of a new listener when it next polls. Told too late, epoll would find the connection by itself.
    await wholeTurn();
    addon.migrateQueue(from, BACKLOG);
    if (addon.listenerInfo(to).queuedConnections === 0) return { outcome: 'not-moved' };
    // The kernel wakes within shutdown(2), so that who has not noticed after a poll never will.
    await wholeTurn();
    return { outcome: accepted.length > 0 ? 'woken' : 'not-woken' };
  } catch (error) {
    return { outcome: 'untried', impossible: false, why: refusal(error) };
  } finally {
    for (const socket of [...clients, ...accepted]) socket.destroy();
    if (server.listening) await closed(server);
    for (const fd of owned) addon.close(fd);
  }
}

/** The server owns the descriptor from here on. */
async function serve(server: Server, fd: number): Promise<void> {
  server.listen({ fd, exclusive: true });
  await once(server, 'listening');
}

function closed(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}

/** A program that may migrate and names no socket: the kernel then takes one by its hash. */
function attachProgram(addon: Addon, listener: number): number {
  const instructions = new Assembler().mov('r0', SK_PASS).exit().assemble();
  const program = addon.bpfLoadReuseport({ instructions, migrate: true, name: 'reuseport_check' });
  addon.attachReuseportEbpf(listener, program);
  return program;
}
