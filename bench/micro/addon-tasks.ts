import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Bench } from 'tinybench';
import type { Addon, NativeChannel } from '../../src/native/addon.js';

const HOST = '127.0.0.1';
const BACKLOG = 511;
/** Listeners of others in the dump, as on a machine that runs something. */
const OTHER_LISTENERS = 20;

/** A channel whose peer answers every message with the same bytes, on the same loop: two messages, two loop turns. */
function echoPair(addon: Addon): { roundTrip(fds: readonly number[]): Promise<void>; close(): void } {
  const [nearFd, farFd] = addon.socketpair();
  let answered: (() => void) | undefined;
  const closeAll = (fds: readonly number[]): void => fds.forEach((fd) => addon.close(fd));
  const near = new addon.Channel(nearFd, {
    onMessage: (_data, fds) => {
      closeAll(fds);
      answered?.();
    },
    onClose: () => {},
  });
  const far: NativeChannel = new addon.Channel(farFd, {
    onMessage: (data, fds) => {
      far.send(data, fds);
      closeAll(fds);
    },
    onClose: () => {},
  });
  const message = JSON.stringify({ type: 'bound', id: 1, key: `tcp ${HOST} 3000` });
  return {
    roundTrip: (fds) =>
      new Promise((resolve) => {
        answered = resolve;
        near.send(message, fds);
      }),
    close: () => [near, far].forEach((channel) => channel.close()),
  };
}

/** Adds the addon's calls to `bench`; the returned function closes what they used. */
export async function addAddonTasks(bench: Bench, addon: Addon): Promise<() => void> {
  const fd = addon.bindTcpListener({ address: HOST, port: 0 });
  addon.listen(fd, BACKLOG);
  const { port } = addon.listenerInfo(fd);
  const others = Array.from({ length: OTHER_LISTENERS }, () => createServer().listen(0, HOST));
  await Promise.all(others.map((server) => once(server, 'listening')));
  const echo = echoPair(addon);

  bench
    .add('bindTcpListener + listen + close', () => {
      const listener = addon.bindTcpListener({ address: HOST, port: 0 });
      addon.listen(listener, BACKLOG);
      addon.close(listener);
    })
    .add('listenerInfo', () => void addon.listenerInfo(fd))
    .add('dup + close', () => addon.close(addon.dup(fd)))
    .add('listeningSockets of a port', () => void addon.listeningSockets(port))
    .add(`listeningSockets, ${OTHER_LISTENERS} and more`, () => void addon.listeningSockets())
    .add('Channel round trip', () => echo.roundTrip([]))
    .add('Channel round trip with a descriptor', () => echo.roundTrip([fd]));

  return () => {
    echo.close();
    addon.close(fd);
    for (const server of others) server.close();
  };
}
