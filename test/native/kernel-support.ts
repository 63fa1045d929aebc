import type { KernelAddon } from '../../src/native/kernel-addon.js';
import { addon as plain, listenOn } from './support.js';

export const addon = plain as typeof plain & KernelAddon;

/** Reason to skip what needs CAP_BPF; false when it is there. */
export const noBpf: string | false = whyNoBpf();

function whyNoBpf(): string | false {
  try {
    addon.close(addon.bpfCreateMap({ type: 'array', keyBytes: 4, valueBytes: 8, maxEntries: 1 }));
    return false;
  } catch (error) {
    return `bpf(2) is not allowed here: ${(error as Error).message}`;
  }
}

/** One eBPF instruction. */
export function instruction(code: number, dst = 0, src = 0, offset = 0, immediate = 0): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(code, 0);
  bytes.writeUInt8(dst | (src << 4), 1);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(immediate, 4);
  return bytes;
}

const exit = instruction(0x95);

/** `return value`: 1 is SK_PASS, 0 is SK_DROP. */
export function answer(value: number): Buffer {
  return Buffer.concat([instruction(0xb7, 0, 0, 0, value), exit]);
}

/** bpf_sk_select_reuseport(ctx, sockarray, &slot, 0); return SK_PASS */
export function select(sockarray: number, slot: number): Buffer {
  return Buffer.concat([
    instruction(0x18, 2, 1, 0, sockarray),
    instruction(0),
    instruction(0x62, 10, 0, -4, slot),
    instruction(0xbf, 3, 10),
    instruction(0x07, 3, 0, 0, -4),
    instruction(0xb7, 4),
    instruction(0x85, 0, 0, 0, 82),
    answer(1),
  ]);
}

/** A classic program: the socket with that index in the group. */
export function classicSelect(index: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(0x06, 0);
  bytes.writeUInt32LE(index, 4);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export interface Group {
  port: number;
  fds: number[];
  queued(): number[];
  close(): void;
}

/** Listeners of one reuseport group on a free loopback port. */
export function listenerGroup(size: number, backlogConnections = 128): Group {
  const first = listenOn('127.0.0.1', backlogConnections);
  const fds = [first.fd];
  while (fds.length < size) {
    const fd = addon.bindTcpListener({ address: '127.0.0.1', port: first.port });
    addon.listen(fd, backlogConnections);
    fds.push(fd);
  }
  return {
    port: first.port,
    fds,
    queued: () => fds.map((fd) => addon.listenerInfo(fd).queuedConnections),
    close: () => fds.forEach((fd) => addon.close(fd)),
  };
}

/** A sockarray with the group's listeners at 0, 1, … */
export function sockarrayOf(group: Group): number {
  const map = addon.bpfCreateMap({
    type: 'reuseport-sockarray',
    keyBytes: 4,
    valueBytes: 8,
    maxEntries: 64,
    name: 'socks',
  });
  group.fds.forEach((fd, slot) => addon.bpfUpdate(map, u32(slot), u64(fd)));
  return map;
}
