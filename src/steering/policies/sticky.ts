import { type Assembler, HELPER, type Label } from '../assembler.js';
import type { StickyPrefixes } from '../policy-text.js';
import { type Choose, CONTEXT } from '../program.js';
import { beginLeast, endLeast, keepLeast, loadIsUnusable } from './scan.js';

const HEADER_START_NETWORK = 1;
/** Offsets of the source address in the network header. */
const SOURCE = { ipv4: 12, ipv6: 8 } as const;
/** ETH_P_IPV6 in network byte order, as a little-endian load of the context gives it. */
const ETHERNET_IPV6 = 0xdd86;
/** Where the address lies in the frame: its first 64 bits, then the rest of an IPv6 address. */
const ADDRESS = -32;
const ADDRESS_REST = -24;
/** Odd constants of good avalanche (from the finalizer of MurmurHash3, a public-domain algorithm). */
const MIX_1 = 0xff51afd7ed558ccdn;
const MIX_2 = 0xc4ceb9fe1a85ec53n;
/** 2^64 divided by the golden ratio: spreads the slot numbers. */
const SPREAD = 0x9e3779b97f4a7c15n;

/**
 * The client's address decides, by rendezvous hashing: each slot has a hash for each address, and the usable slot
 * with the least gets it. When a slot comes or goes only the addresses that it wins or loses move, 1 in k.
 */
export function sticky(prefixes: StickyPrefixes): Choose {
  return (asm, { slots }, none) => {
    loadAddress(asm, prefixes, none);
    asm.constant('r0', MIX_1).constant('r3', MIX_2);
    asm.load('u64', 'r2', 'r10', ADDRESS_REST);
    mix(asm);
    asm.load('u64', 'r4', 'r10', ADDRESS).alu('xor', 'r4', 'r2');
    beginLeast(asm);
    for (let slot = 0; slot < slots; slot += 1) {
      asm.constant('r2', BigInt.asUintN(64, SPREAD * BigInt(slot + 1))).alu('xor', 'r2', 'r4');
      mix(asm);
      // The upper bits of the hash, then the slot.
      asm.alu('rsh', 'r2', 8).alu('lsh', 'r2', 6).alu('or', 'r2', slot);
      loadIsUnusable(asm, slot, 'r9');
      keepLeast(asm, 'r9');
    }
    endLeast(asm);
  };
}

/** r2 = finalized hash of r2, with the constants in r0 and r3; 0 stays 0. Uses r5. */
function mix(asm: Assembler): void {
  asm.mov('r5', 'r2').alu('rsh', 'r5', 33).alu('xor', 'r2', 'r5').alu('mul', 'r2', 'r0');
  asm.mov('r5', 'r2').alu('rsh', 'r5', 33).alu('xor', 'r2', 'r5').alu('mul', 'r2', 'r3');
  asm.mov('r5', 'r2').alu('rsh', 'r5', 33).alu('xor', 'r2', 'r5');
}

/** The significant bits of the client's address into the frame. */
function loadAddress(asm: Assembler, { ipv4Bits, ipv6Bits }: StickyPrefixes, none: Label): void {
  const six = asm.label('six');
  const loaded = asm.label('loaded');
  asm.store('u64', 'r10', ADDRESS, 0).store('u64', 'r10', ADDRESS_REST, 0);
  asm.load('u32', 'r1', 'r6', CONTEXT.ethernetProtocol).alu('and', 'r1', 0xffff).jumpIf('r1', '==', ETHERNET_IPV6, six);
  loadBytes(asm, SOURCE.ipv4, 4, none);
  keepBits(asm, ADDRESS, ipv4Bits);
  asm.jump(loaded);
  asm.place(six);
  loadBytes(asm, SOURCE.ipv6, ipv6Bits > 64 ? 16 : 8, none);
  keepBits(asm, ADDRESS, ipv6Bits);
  keepBits(asm, ADDRESS_REST, ipv6Bits - 64);
  asm.place(loaded);
}

function loadBytes(asm: Assembler, offset: number, bytes: number, none: Label): void {
  asm.mov('r1', 'r6').mov('r2', offset).mov('r3', 'r10').alu('add', 'r3', ADDRESS).mov('r4', bytes);
  asm.mov('r5', HEADER_START_NETWORK).call(HELPER.skbLoadBytesRelative).jumpIf('r0', '!=', 0, none);
}

/** Keeps the first `bits` of the 64 at that place in the frame, which are in network byte order; none to all of them. */
function keepBits(asm: Assembler, at: number, bits: number): void {
  if (bits >= 64 || bits <= 0) return;
  const mask = Buffer.alloc(8);
  mask.writeBigUInt64BE(BigInt.asUintN(64, -1n << BigInt(64 - bits)));
  asm.load('u64', 'r1', 'r10', at).constant('r2', mask.readBigUInt64LE()).alu('and', 'r1', 'r2');
  asm.store('u64', 'r10', at, 'r1');
}
