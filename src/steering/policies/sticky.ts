import { type Assembler, HELPER } from '../assembler.js';
import { type Choose, CONTEXT } from '../program.js';
import { skipUnusable } from './scan.js';

export interface StickyOptions {
  /** Bits of an IPv4 client address that count, 1 to 32. */
  ipv4Prefix: number;
  /** Bits of an IPv6 client address that count, 1 to 64: what a provider gives to one customer at most. */
  ipv6Prefix: number;
}

export const STICKY_DEFAULTS: StickyOptions = { ipv4Prefix: 32, ipv6Prefix: 64 };

const HEADER_START_NETWORK = 1;
const SOURCE = { ipv4: 12, ipv6: 8 } as const;
/** ETH_P_IPV6 in network byte order, as a little-endian load of the context gives it. */
const ETHERNET_IPV6 = 0xdd86;
/** Odd constants of good avalanche (from the finalizer of MurmurHash3, a public-domain algorithm). */
const MIX_1 = 0xff51afd7ed558ccdn;
const MIX_2 = 0xc4ceb9fe1a85ec53n;
/** 2^64 divided by the golden ratio: spreads the slot numbers. */
const SPREAD = 0x9e3779b97f4a7c15n;

/**
 * The client's address decides, by rendezvous hashing: each slot has a score for each address, and the best usable slot
 * gets it. When a slot comes or goes only the addresses that it wins or loses move, 1 in k.
 */
export function sticky({ ipv4Prefix, ipv6Prefix }: StickyOptions = STICKY_DEFAULTS): Choose {
  return (asm, { slots }, none) => {
    loadAddress(asm, ipv4Prefix, ipv6Prefix, none);
    asm.load('u64', 'r4', 'r10', -32);
    asm.mov('r1', 0).mov('r9', 0xff);
    asm.constant('r0', MIX_1).constant('r3', MIX_2);
    for (let slot = 0; slot < slots; slot += 1) {
      const skip = asm.label('skip');
      skipUnusable(asm, slot, skip);
      asm.constant('r2', BigInt.asUintN(64, SPREAD * BigInt(slot + 1))).alu('xor', 'r2', 'r4');
      mix(asm);
      asm.jumpIf('r2', '<', 'r1', skip).mov('r1', 'r2').mov('r9', slot);
      asm.place(skip);
    }
    asm.jumpIf('r9', '==', 0xff, none);
  };
}

/** r2 = finalized hash of r2, with the constants in r0 and r3. Uses r5. */
function mix(asm: Assembler): void {
  asm.mov('r5', 'r2').alu('rsh', 'r5', 33).alu('xor', 'r2', 'r5').alu('mul', 'r2', 'r0');
  asm.mov('r5', 'r2').alu('rsh', 'r5', 33).alu('xor', 'r2', 'r5').alu('mul', 'r2', 'r3');
  asm.mov('r5', 'r2').alu('rsh', 'r5', 33).alu('xor', 'r2', 'r5');
}

/** The significant bits of the client's address, at frame -32. */
function loadAddress(asm: Assembler, ipv4Prefix: number, ipv6Prefix: number, none: Parameters<Choose>[2]): void {
  const six = asm.label('six');
  const loaded = asm.label('loaded');
  asm.store('u64', 'r10', -32, 0);
  asm.load('u32', 'r1', 'r6', CONTEXT.ethernetProtocol).alu('and', 'r1', 0xffff).jumpIf('r1', '==', ETHERNET_IPV6, six);
  loadBytes(asm, SOURCE.ipv4, 4, none);
  mask(asm, 0xffffffffn, 32, ipv4Prefix);
  asm.jump(loaded);
  asm.place(six);
  loadBytes(asm, SOURCE.ipv6, 8, none);
  mask(asm, 0xffffffffffffffffn, 64, ipv6Prefix);
  asm.place(loaded);
}

function loadBytes(asm: Assembler, offset: number, bytes: number, none: Parameters<Choose>[2]): void {
  asm.mov('r1', 'r6').mov('r2', offset).mov('r3', 'r10').alu('add', 'r3', -32).mov('r4', bytes);
  asm.mov('r5', HEADER_START_NETWORK).call(HELPER.skbLoadBytesRelative).jumpIf('r0', '!=', 0, none);
}

/** Keeps the first `prefix` bits of an address in network byte order, as a little-endian load sees it. */
function mask(asm: Assembler, all: bigint, bits: number, prefix: number): void {
  if (prefix >= bits) return;
  const bigEndian = (all << BigInt(bits - prefix)) & all;
  const bytes = Array.from({ length: bits / 8 }, (_, index) => (bigEndian >> BigInt(bits - 8 - index * 8)) & 0xffn);
  const littleEndian = bytes.reduce((sum, byte, index) => sum | (byte << BigInt(index * 8)), 0n);
  asm.load('u64', 'r1', 'r10', -32).constant('r2', littleEndian).alu('and', 'r1', 'r2').store('u64', 'r10', -32, 'r1');
}
