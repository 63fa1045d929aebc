/**
 * Steering without privilege: classic BPF on the group (SO_ATTACH_REUSEPORT_CBPF, Linux 4.6 for TCP). Such a program
 * returns an index in the group, counted in order of listen(2), and cannot see the state page; whoever attaches it names
 * the indices that may be chosen. Every member of the group may attach one, and the newest holds for all.
 */

/** What a classic program chooses by. Loads of the packet's own bytes start behind the TCP header and would fail. */
export type ClassicSource = 'hash' | 'random' | 'cpu';

const LOAD_ABSOLUTE_WORD = 0x20;
const MODULO = 0x94;
const JUMP_EQUAL = 0x15;
const RETURN = 0x06;

/** Ancillary loads, SKF_AD_OFF + n of include/uapi/linux/filter.h. */
const ANCILLARY: Record<ClassicSource, number> = {
  cpu: 0xfffff000 + 36,
  hash: 0xfffff000 + 32,
  random: 0xfffff000 + 56,
};

/**
 * The program that spreads connections over `indices` of the group. With none it returns an index out of range, and the
 * kernel falls back to its own hash over all.
 */
export function classicProgram(source: ClassicSource, indices: readonly number[]): Uint8Array {
  const instructions: [code: number, jumpTrue: number, jumpFalse: number, value: number][] = [];
  if (indices.length > 1) {
    instructions.push([LOAD_ABSOLUTE_WORD, 0, 0, ANCILLARY[source]], [MODULO, 0, 0, indices.length]);
    for (const [position, index] of indices.slice(0, -1).entries()) {
      instructions.push([JUMP_EQUAL, 0, 1, position], [RETURN, 0, 0, index]);
    }
  }
  instructions.push([RETURN, 0, 0, indices.at(-1) ?? 0xffff_ffff]);
  return encode(instructions);
}

function encode(instructions: [number, number, number, number][]): Uint8Array {
  const view = new DataView(new ArrayBuffer(instructions.length * 8));
  instructions.forEach(([code, jumpTrue, jumpFalse, value], position) => {
    view.setUint16(position * 8, code, true);
    view.setUint8(position * 8 + 2, jumpTrue);
    view.setUint8(position * 8 + 3, jumpFalse);
    view.setUint32(position * 8 + 4, value, true);
  });
  return new Uint8Array(view.buffer);
}
