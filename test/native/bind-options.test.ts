import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { TcpListenerOptions } from '../../src/native/addon.js';
import { addon, assertSystemError, connectTo, keepsDescriptors, listenOn, noPython, python, until } from './support.js';

/** Level and name are those of <sys/socket.h> and <netinet/tcp.h>. */
const readBack = {
  reusePort: 'getsockopt(SOL_SOCKET, 15)',
  reuseAddress: 'getsockopt(SOL_SOCKET, 2)',
  ipv6Only: 'getsockopt(IPPROTO_IPV6, 26)',
  deferAcceptSeconds: 'getsockopt(IPPROTO_TCP, 9)',
  fastOpenQueue: 'getsockopt(IPPROTO_TCP, 23)',
  incomingCpu: 'getsockopt(SOL_SOCKET, 49)',
};

function optionOf(options: Partial<TcpListenerOptions>, key: keyof typeof readBack): number {
  // Only on `::`: a bind to any other IPv6 address makes the kernel turn IPV6_V6ONLY on.
  const fd = addon.bindTcpListener({ address: '::', port: 0, ...options });
  try {
    return Number(python(`from socket import *\nprint(socket(fileno=3).${readBack[key]})`, [fd]));
  } finally {
    addon.close(fd);
  }
}

const cases: [keyof typeof readBack, Partial<TcpListenerOptions>, number][] = [
  ['reusePort', {}, 1],
  ['reusePort', { reusePort: true }, 1],
  ['reusePort', { reusePort: false }, 0],
  ['reuseAddress', {}, 1],
  ['reuseAddress', { reuseAddress: false }, 0],
  ['ipv6Only', {}, 0],
  ['ipv6Only', { ipv6Only: true }, 1],
  ['deferAcceptSeconds', {}, 0],
  ['deferAcceptSeconds', { deferAcceptSeconds: 0 }, 0],
  // The kernel keeps the number of retransmissions: 1 s and 3 s are exact sums of its waits.
  ['deferAcceptSeconds', { deferAcceptSeconds: 3 }, 3],
  ['fastOpenQueue', {}, 0],
  ['fastOpenQueue', { fastOpenQueue: 33 }, 33],
  ['incomingCpu', {}, -1],
  ['incomingCpu', { incomingCpu: 0 }, 0],
  ['incomingCpu', { incomingCpu: 4095 }, 4095],
];
for (const [key, options, expected] of cases) {
  test(`${key} reads back as ${expected} after ${JSON.stringify(options)}`, { skip: noPython }, () =>
    keepsDescriptors(() => {
      assert.equal(optionOf(options, key), expected);
    }),
  );
}

test('an option that is undefined counts as absent', () =>
  keepsDescriptors(() => {
    const options = { address: '127.0.0.1', port: 0, reusePort: undefined, incomingCpu: undefined };
    addon.close(addon.bindTcpListener(options as unknown as TcpListenerOptions));
  }));

test('ipv6Only is ignored for an IPv4 address', () =>
  keepsDescriptors(() => {
    addon.close(addon.bindTcpListener({ address: '127.0.0.1', port: 0, ipv6Only: true }));
  }));

test('a new listener does not block', { skip: noPython }, () =>
  keepsDescriptors(() => {
    const { fd } = listenOn();
    const flags = python(`import fcntl, os; print(fcntl.fcntl(3, fcntl.F_GETFL) & os.O_NONBLOCK != 0)`, [fd]);
    assert.equal(flags, 'True');
    addon.close(fd);
  }),
);

test('with reuseAddress a port can be bound beside a socket that does not listen, without it cannot', () =>
  keepsDescriptors(() => {
    const plain = { address: '127.0.0.1', reusePort: false };
    const first = addon.bindTcpListener({ ...plain, port: 0 });
    const { port } = addon.listenerInfo(first);
    assertSystemError(() => addon.bindTcpListener({ ...plain, port, reuseAddress: false }), {
      code: 'EADDRINUSE',
      errno: 98,
      syscall: 'bind',
      subject: `127.0.0.1:${port}`,
    });
    addon.close(addon.bindTcpListener({ ...plain, port, reuseAddress: true }));
    addon.close(first);
  }));

test('with deferAcceptSeconds a connection is queued only once it has sent data', () =>
  keepsDescriptors(async () => {
    const fd = addon.bindTcpListener({ address: '127.0.0.1', port: 0, deferAcceptSeconds: 60 });
    addon.listen(fd, 16);
    const control = listenOn();
    const client = await connectTo(addon.listenerInfo(fd).port);
    const other = await connectTo(control.port);
    await until(
      () => addon.listenerInfo(control.fd).queuedConnections === 1,
      () => JSON.stringify(addon.listenerInfo(control.fd)),
    );
    assert.equal(addon.listenerInfo(fd).queuedConnections, 0);
    client.write('x');
    await until(
      () => addon.listenerInfo(fd).queuedConnections === 1,
      () => JSON.stringify(addon.listenerInfo(fd)),
    );
    for (const socket of [client, other]) socket.destroy();
    for (const one of [fd, control.fd]) addon.close(one);
  }));
