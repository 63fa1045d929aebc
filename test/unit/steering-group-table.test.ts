import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GROUP_BYTES, GROUP_ENTRY, GROUPS_START, PAGE_BYTES } from '../../src/state/layout.js';
import { addressBytes } from '../../src/steering/pinned/address-bytes.js';
import { GroupTable } from '../../src/steering/pinned/group-table.js';

const hex = (family: 'IPv4' | 'IPv6', address: string) =>
  Buffer.from(addressBytes({ family, address, port: 1 })).toString('hex');

test('an address becomes its bytes in network order', () => {
  const expected: ['IPv4' | 'IPv6', string, string][] = [
    ['IPv4', '192.0.2.1', 'c0000201' + '0'.repeat(24)],
    ['IPv4', '0.0.0.0', '0'.repeat(32)],
    ['IPv6', '::', '0'.repeat(32)],
    ['IPv6', '::1', '0'.repeat(31) + '1'],
    ['IPv6', '2001:db8::8:0', '20010db8' + '0'.repeat(16) + '00080000'],
    ['IPv6', '1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['IPv6', 'fe80::1%2', 'fe80' + '0'.repeat(27) + '1'],
    ['IPv6', '::ffff:127.0.0.1', '0'.repeat(20) + 'ffff7f000001'],
  ];
  for (const [family, address, bytes] of expected) assert.equal(hex(family, address), bytes, address);
});

test('groups are numbered as they come, and a number that was let go is given again', () => {
  const page = new ArrayBuffer(PAGE_BYTES);
  const words = new Uint32Array(page);
  const portOf = (group: number) => words[(GROUPS_START + group * GROUP_BYTES + GROUP_ENTRY.port) / 4];
  const table = new GroupTable(page, 2.9);
  assert.equal(table.take({ family: 'IPv4', address: '127.0.0.1', port: 80 }), 0);
  assert.equal(table.take({ family: 'IPv6', address: '::1', port: 81 }), 1);
  assert.equal(table.take({ family: 'IPv6', address: '::', port: 82 }), null);
  assert.deepEqual([portOf(0), portOf(1), portOf(2)], [80, 81, 0]);
  table.release(0);
  assert.equal(portOf(0), 0);
  assert.equal(table.take({ family: 'IPv6', address: '::', port: 82 }), 0);
});
