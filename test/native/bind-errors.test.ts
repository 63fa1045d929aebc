import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { addon, assertSystemError, childAnswer, keepsDescriptors, listenOn } from './support.js';

const unprivilegedStart = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
const noPrivilegedPort = unprivilegedStart > 1 ? false : 'net.ipv4.ip_unprivileged_port_start allows every port';

test('a port that is taken without reusePort is EADDRINUSE with all fields', () =>
  keepsDescriptors(() => {
    const { fd, port } = listenOn();
    const options = { address: '127.0.0.1', port, reusePort: false };
    assertSystemError(() => addon.bindTcpListener(options), {
      code: 'EADDRINUSE',
      errno: 98,
      syscall: 'bind',
      subject: `127.0.0.1:${port}`,
    });
    assert.throws(() => addon.bindTcpListener(options), {
      message: `bind 127.0.0.1:${port}: EADDRINUSE (address already in use)`,
    });
    addon.close(fd);
  }));

test('an IPv6 subject is written in brackets', () =>
  keepsDescriptors(() => {
    assertSystemError(() => addon.bindTcpListener({ address: '2001:db8::1', port: 0 }), {
      code: 'EADDRNOTAVAIL',
      errno: 99,
      syscall: 'bind',
      subject: '[2001:db8::1]:0',
    });
  }));

test('listen on a port that another group took meanwhile is EADDRINUSE on the descriptor', () =>
  keepsDescriptors(() => {
    const options = { address: '127.0.0.1', reusePort: false, reuseAddress: true };
    const first = addon.bindTcpListener({ ...options, port: 0 });
    const second = addon.bindTcpListener({ ...options, port: addon.listenerInfo(first).port });
    addon.listen(first, 1);
    assertSystemError(() => addon.listen(second, 1), {
      code: 'EADDRINUSE',
      errno: 98,
      syscall: 'listen',
      subject: `fd ${second}`,
    });
    addon.close(first);
    addon.close(second);
  }));

test('a privileged port is EACCES for a plain user', { skip: noPrivilegedPort }, async () => {
  const asRoot = process.getuid?.() === 0;
  const answer = await childAnswer('bind-privileged', [], asRoot ? { user: 65534 } : {});
  assert.deepEqual(answer, {
    code: 'EACCES',
    errno: 13,
    syscall: 'bind',
    subject: '127.0.0.1:1',
    message: 'bind 127.0.0.1:1: EACCES (permission denied)',
  });
});
