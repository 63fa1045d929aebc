import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Assembler } from '../../src/steering/assembler.js';

/** The instructions as hexadecimal: opcode, registers, offset, immediate. */
function listing(write: (asm: Assembler) => unknown): string[] {
  const asm = new Assembler();
  write(asm);
  const bytes = Buffer.from(asm.assemble());
  return Array.from({ length: bytes.length / 8 }, (_, index) => {
    const [code = '', registers = '', ...rest] = bytes
      .subarray(index * 8, index * 8 + 8)
      .toString('hex')
      .match(/../g) as string[];
    return [code, registers, rest.slice(0, 2).join(''), rest.slice(2).join('')].join(' ');
  });
}

// The expected bytes are those of clang 14, for what its assembler knows.
const instructions: [string, (asm: Assembler) => unknown, string[]][] = [
  ['r1 = 7', (asm) => asm.mov('r1', 7), ['b7 01 0000 07000000']],
  ['r2 += r3', (asm) => asm.alu('add', 'r2', 'r3'), ['0f 32 0000 00000000']],
  ['w0 %= 5', (asm) => asm.alu32('mod', 'r0', 5), ['94 00 0000 05000000']],
  ['r1 = -1 ll', (asm) => asm.constant('r1', -1n), ['18 01 0000 ffffffff', '00 00 0000 ffffffff']],
  ['r2 = map 3 ll', (asm) => asm.map('r2', 3), ['18 12 0000 03000000', '00 00 0000 00000000']],
  ['r2 = value of map 3 at 64 ll', (asm) => asm.mapValue('r2', 3, 64), ['18 22 0000 03000000', '00 00 0000 40000000']],
  ['r1 = *(u8 *)(r2 + 13)', (asm) => asm.load('u8', 'r1', 'r2', 13), ['71 21 0d00 00000000']],
  ['*(u32 *)(r10 - 4) = r9', (asm) => asm.store('u32', 'r10', -4, 'r9'), ['63 9a fcff 00000000']],
  ['*(u64 *)(r10 - 8) = 1', (asm) => asm.store('u64', 'r10', -8, 1), ['7a 0a f8ff 01000000']],
  ['lock *(u64 *)(r1 + 8) += r2', (asm) => asm.atomicAdd('r1', 8, 'r2'), ['db 21 0800 00000000']],
  ['r2 = fetch_add(r1 + 8, r2)', (asm) => asm.atomicFetchAdd('r1', 8, 'r2'), ['db 21 0800 01000000']],
  ['r3 = be16 r3', (asm) => asm.byteSwap('r3', 16), ['dc 03 0000 10000000']],
  ['r3 = be64 r3', (asm) => asm.byteSwap('r3', 64), ['dc 03 0000 40000000']],
  ['call 82', (asm) => asm.call(82), ['85 00 0000 52000000']],
  ['exit', (asm) => asm.exit(), ['95 00 0000 00000000']],
];
for (const [text, write, expected] of instructions) {
  test(`${text} is encoded as the kernel expects it`, () => assert.deepEqual(listing(write), expected));
}

test('jumps go to where their labels are placed, forwards and backwards', () => {
  const bytes = listing((asm) => {
    const [start, end] = [asm.label('start'), asm.label('end')];
    asm.place(start).jumpIf('r1', 's<', 'r2', end).jumpIf('r1', '==', 4, start).jump(start).place(end).exit();
  });
  assert.deepEqual(bytes, ['cd 21 0200 00000000', '15 01 feff 04000000', '05 00 fdff 00000000', '95 00 0000 00000000']);
});

const wrong: [string, (asm: Assembler) => unknown, RegExp][] = [
  ['an immediate of 33 bits', (asm) => asm.alu('and', 'r1', 0xffff_ffff), /number 4294967295: .* needs constant\(\)/],
  ['a fraction', (asm) => asm.mov('r1', 0.5), /number 0\.5: expected an integer/],
  ['an offset of 17 bits', (asm) => asm.load('u8', 'r1', 'r2', -40_000), /offset -40000: expected an integer/],
  ['a label placed twice', (asm) => asm.place('x' as never).place('x' as never), /label x is placed twice/],
  ['a label placed nowhere', (asm) => asm.jump(asm.label('y')), /label y#1 is never placed/],
  ['a jump too far', jumpFar, /label far#1 is too far: 32768 instructions/],
];
for (const [what, write, message] of wrong) {
  test(`${what} is refused by name`, () => {
    assert.throws(() => listing(write), { code: 'ERR_PROGRAM', message: new RegExp(`^assembler: ${message.source}`) });
  });
}

function jumpFar(asm: Assembler): void {
  const far = asm.label('far');
  asm.jump(far);
  for (let count = 0; count < 32_768; count += 1) asm.exit();
  asm.place(far).exit();
}
