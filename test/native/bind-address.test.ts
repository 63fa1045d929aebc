import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';

import { addon, assertSystemError, connectTo, keepsDescriptors } from './support.js';

const loopback6 = Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === '::1'));
const noIpv6 = loopback6 ? false : 'this machine has no ::1';
const linkLocal = findLinkLocal();
const noLinkLocal = linkLocal === undefined ? 'no interface has a link-local IPv6 address' : false;

function findLinkLocal(): { address: string; name: string; index: number } | undefined {
  for (const [name, all] of Object.entries(networkInterfaces())) {
    for (const one of all ?? []) {
      if (one.family === 'IPv6' && one.address.startsWith('fe80:')) {
        return { address: one.address, name, index: one.scopeid };
      }
    }
  }
  return undefined;
}

/** Binds, listens, and passes the port and what the kernel says of the listener to `check`. */
async function listening(
  options: { address: string; ipv6Only?: boolean },
  check: (info: ReturnType<typeof addon.listenerInfo>) => unknown,
): Promise<void> {
  await keepsDescriptors(async () => {
    const fd = addon.bindTcpListener({ ...options, port: 0 });
    try {
      addon.listen(fd, 16);
      await check(addon.listenerInfo(fd));
    } finally {
      addon.close(fd);
    }
  });
}

async function canConnect(port: number, host: string): Promise<boolean> {
  try {
    (await connectTo(port, host)).destroy();
    return true;
  } catch {
    return false;
  }
}

test('port 0 gives an IPv4 listener a free port on the asked address', () =>
  listening({ address: '127.0.0.1' }, async (info) => {
    assert.equal(info.family, 'IPv4');
    assert.equal(info.address, '127.0.0.1');
    assert.ok(info.port > 0);
    assert.equal(await canConnect(info.port, '127.0.0.1'), true);
    assert.equal(await canConnect(info.port, '127.0.0.2'), false);
  }));

test('an IPv6 literal is bound in its canonical form', { skip: noIpv6 }, () =>
  listening({ address: '0:0::1' }, async (info) => {
    assert.equal(info.family, 'IPv6');
    assert.equal(info.address, '::1');
    assert.equal(await canConnect(info.port, '::1'), true);
  }),
);

test(':: accepts IPv4 too by default', { skip: noIpv6 }, () =>
  listening({ address: '::' }, async (info) => {
    assert.equal(await canConnect(info.port, '::1'), true);
    assert.equal(await canConnect(info.port, '127.0.0.1'), true);
  }),
);

test(':: with ipv6Only refuses IPv4', { skip: noIpv6 }, () =>
  listening({ address: '::', ipv6Only: true }, async (info) => {
    assert.equal(await canConnect(info.port, '::1'), true);
    assert.equal(await canConnect(info.port, '127.0.0.1'), false);
  }),
);

test('a link-local address is bound with its scope given as a name', { skip: noLinkLocal }, () => {
  assert.ok(linkLocal);
  return listening({ address: `${linkLocal.address}%${linkLocal.name}` }, (info) => {
    assert.equal(info.address, `${linkLocal.address}%${linkLocal.index}`);
  });
});

test('a link-local address is bound with its scope given as a number', { skip: noLinkLocal }, () => {
  assert.ok(linkLocal);
  return listening({ address: `${linkLocal.address}%${linkLocal.index}` }, (info) => {
    assert.equal(info.address, `${linkLocal.address}%${linkLocal.index}`);
    assert.equal(addon.listeningSockets(info.port)[0]?.address, info.address);
  });
});

test('a link-local address without a scope is refused by the kernel', { skip: noIpv6 }, () => {
  assertSystemError(() => addon.bindTcpListener({ address: 'fe80::1', port: 0 }), {
    code: 'EINVAL',
    errno: 22,
    syscall: 'bind',
    subject: '[fe80::1]:0',
  });
});

test('a scope that names no interface is ENODEV', () => {
  assertSystemError(() => addon.bindTcpListener({ address: 'fe80::1%nosuchif0', port: 0 }), {
    code: 'ENODEV',
    errno: 19,
    syscall: 'if_nametoindex',
    subject: 'nosuchif0',
  });
});

const notLiterals = [
  '',
  'localhost',
  '127.0.0.1 ',
  '127.0.0.1\0',
  '127.1',
  '256.0.0.1',
  '1.2.3.4%lo',
  '[::1]',
  ':::',
  '::1%lo',
  'fe80::1%',
  'fe80::1%0',
  'fe80::1%4294967296',
  'fe80::1%99999999999999999999',
  'fe80::1%averyveryverylongname',
  'x'.repeat(1_000_000),
];
for (const address of notLiterals) {
  test(`${JSON.stringify(address.slice(0, 40))} is no address and is a RangeError`, () =>
    keepsDescriptors(() => {
      assert.throws(() => addon.bindTcpListener({ address, port: 0 }), {
        name: 'RangeError',
        message: /^options\.address: expected a literal IPv4 or IPv6 address, got '/,
      });
    }));
}

test('listenerInfo agrees with /proc/net/tcp on the inode', () =>
  listening({ address: '127.0.0.1' }, (info) => {
    const port = info.port.toString(16).toUpperCase().padStart(4, '0');
    const line = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .find((one) => one.includes(`0100007F:${port} 00000000:0000 0A`));
    assert.equal(Number(line?.trim().split(/\s+/)[9]), info.inode);
  }));
