/**
 * A typed assembler for eBPF, as much of it as steering needs. Instruction encoding: Linux Documentation/bpf/standardization
 * (8 bytes: opcode, registers, s16 offset, s32 immediate; a 64-bit immediate takes two).
 */
import { ReuseportError } from '../errors.js';

/** r0 result, r1–r5 arguments (lost by a call), r6–r9 kept, r10 the frame pointer (read only). */
export type Register = 'r0' | 'r1' | 'r2' | 'r3' | 'r4' | 'r5' | 'r6' | 'r7' | 'r8' | 'r9' | 'r10';

export type AluOperation =
  'add' | 'sub' | 'mul' | 'div' | 'or' | 'and' | 'lsh' | 'rsh' | 'mod' | 'xor' | 'mov' | 'arsh';

export type Comparison = '==' | '!=' | '>' | '>=' | '<' | '<=' | 's>' | 's>=' | 's<' | 's<=' | '&';

export type Width = 'u8' | 'u16' | 'u32' | 'u64';

/** Helper functions by their number in the kernel's UAPI. */
export const HELPER = {
  mapLookup: 1,
  ktimeGetNs: 5,
  prandomU32: 7,
  processorId: 8,
  skbLoadBytesRelative: 68,
  selectReuseport: 82,
} as const;

const ALU: Record<AluOperation, number> = {
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  div: 0x30,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  mod: 0x90,
  xor: 0xa0,
  mov: 0xb0,
  arsh: 0xc0,
};

const JUMP: Record<Comparison, number> = {
  '==': 0x10,
  '>': 0x20,
  '>=': 0x30,
  '&': 0x40,
  '!=': 0x50,
  's>': 0x60,
  's>=': 0x70,
  '<': 0xa0,
  '<=': 0xb0,
  's<': 0xc0,
  's<=': 0xd0,
};

const WIDTH: Record<Width, number> = { u32: 0x00, u16: 0x08, u8: 0x10, u64: 0x18 };

const CLASS = { ld: 0x00, ldx: 0x01, st: 0x02, stx: 0x03, alu32: 0x04, jmp: 0x05, alu64: 0x07 };
/** With FROM_REGISTER: to big-endian. */
const BYTE_ORDER = 0xd0;
const FROM_REGISTER = 0x08;
const MODE_MEMORY = 0x60;
const MODE_ATOMIC = 0xc0;
const ATOMIC_FETCH = 0x01;
/** Source registers of a 64-bit load that name a map, or an address in the value of a one-element array (5.2). */
const PSEUDO_MAP_FD = 1;
const PSEUDO_MAP_VALUE = 2;

interface Instruction {
  code: number;
  target: number;
  source: number;
  offset: number;
  immediate: number;
  /** Label that the offset becomes the distance to. */
  label?: string;
}

/** Where a jump goes; made by {@link Assembler.label}. */
export type Label = string & { readonly brand: unique symbol };

/**
 * Writes a program, instruction by instruction; every method returns the assembler. What is wrong in one instruction alone
 * (a number that does not fit, a label placed twice) is an error at that call; what is wrong with the program, the kernel's
 * verifier tells.
 */
export class Assembler {
  readonly #instructions: Instruction[] = [];
  readonly #labels = new Map<string, number>();
  #nextLabel = 1;

  get length(): number {
    return this.#instructions.length;
  }

  /** A new label, placed now or later by {@link place}. `hint` shows in errors. */
  label(hint: string): Label {
    return `${hint}#${this.#nextLabel++}` as Label;
  }

  /** The label is here: before the next instruction. */
  place(label: Label): this {
    if (this.#labels.has(label)) throw wrong(`label ${label} is placed twice`);
    this.#labels.set(label, this.#instructions.length);
    return this;
  }

  /** 64-bit arithmetic: `target operation= source`. A number is 32 bits, and its sign goes on into the upper half. */
  alu(operation: AluOperation, target: Register, source: Register | number): this {
    return this.#arithmetic(CLASS.alu64, operation, target, source);
  }

  /** 32-bit arithmetic; clears the upper half of `target`. */
  alu32(operation: AluOperation, target: Register, source: Register | number): this {
    return this.#arithmetic(CLASS.alu32, operation, target, source);
  }

  /** The lower `bits` of `target` between network byte order and the machine's; the rest becomes 0. */
  byteSwap(target: Register, bits: 16 | 32 | 64): this {
    const code = CLASS.alu32 | BYTE_ORDER | FROM_REGISTER;
    return this.#push({ code, target: number(target), source: 0, offset: 0, immediate: bits });
  }

  mov(target: Register, source: Register | number): this {
    return this.alu('mov', target, source);
  }

  /** `target` = a 64-bit constant. */
  constant(target: Register, value: bigint): this {
    const bits = BigInt.asUintN(64, value);
    return this.#wide(target, 0, Number(BigInt.asIntN(32, bits)), Number(BigInt.asIntN(32, bits >> 32n)));
  }

  /** `target` = the map behind a descriptor of the process that loads the program. */
  map(target: Register, mapFd: number): this {
    return this.#wide(target, PSEUDO_MAP_FD, mapFd, 0);
  }

  /** `target` = the address of byte `offset` in the only element of an array map. */
  mapValue(target: Register, mapFd: number, offset: number): this {
    return this.#wide(target, PSEUDO_MAP_VALUE, mapFd, offset);
  }

  load(width: Width, target: Register, base: Register, offset: number): this {
    const code = CLASS.ldx | WIDTH[width] | MODE_MEMORY;
    return this.#push({ code, target: number(target), source: number(base), offset, immediate: 0 });
  }

  store(width: Width, base: Register, offset: number, source: Register | number): this {
    if (typeof source === 'number') {
      const code = CLASS.st | WIDTH[width] | MODE_MEMORY;
      return this.#push({ code, target: number(base), source: 0, offset, immediate: source });
    }
    const code = CLASS.stx | WIDTH[width] | MODE_MEMORY;
    return this.#push({ code, target: number(base), source: number(source), offset, immediate: 0 });
  }

  /** Atomic 64-bit addition to memory. */
  atomicAdd(base: Register, offset: number, source: Register): this {
    const code = CLASS.stx | WIDTH.u64 | MODE_ATOMIC;
    return this.#push({ code, target: number(base), source: number(source), offset, immediate: ALU.add });
  }

  /** The same (5.12); `source` becomes what was there before. */
  atomicFetchAdd(base: Register, offset: number, source: Register): this {
    const code = CLASS.stx | WIDTH.u64 | MODE_ATOMIC;
    const immediate = ALU.add | ATOMIC_FETCH;
    return this.#push({ code, target: number(base), source: number(source), offset, immediate });
  }

  jump(label: Label): this {
    return this.#push({ code: CLASS.jmp, target: 0, source: 0, offset: 0, immediate: 0, label });
  }

  /** Jumps when `left comparison right`, unsigned unless the comparison says s. */
  jumpIf(left: Register, comparison: Comparison, right: Register | number, label: Label): this {
    const isRegister = typeof right === 'string';
    return this.#push({
      code: CLASS.jmp | JUMP[comparison] | (isRegister ? FROM_REGISTER : 0),
      target: number(left),
      source: isRegister ? number(right) : 0,
      offset: 0,
      immediate: isRegister ? 0 : right,
      label,
    });
  }

  call(helper: number): this {
    return this.#push({ code: CLASS.jmp | 0x80, target: 0, source: 0, offset: 0, immediate: helper });
  }

  exit(): this {
    return this.#push({ code: CLASS.jmp | 0x90, target: 0, source: 0, offset: 0, immediate: 0 });
  }

  /**
   * The bytes to load. @throws ReuseportError ERR_PROGRAM for a label that was never placed, or a jump that is beyond the
   * reach of 16 bits.
   */
  assemble(): Uint8Array {
    const bytes = new DataView(new ArrayBuffer(this.#instructions.length * 8));
    this.#instructions.forEach((instruction, index) => {
      const { code, target, source, immediate } = instruction;
      const offset = this.#offsetOf(instruction, index);
      bytes.setUint8(index * 8, code);
      bytes.setUint8(index * 8 + 1, target | (source << 4));
      bytes.setInt16(index * 8 + 2, offset, true);
      bytes.setInt32(index * 8 + 4, immediate, true);
    });
    return new Uint8Array(bytes.buffer);
  }

  #offsetOf({ label, offset }: Instruction, index: number): number {
    if (label === undefined) return offset;
    const place = this.#labels.get(label);
    if (place === undefined) throw wrong(`label ${label} is never placed`);
    const distance = place - index - 1;
    if (distance < -32_768 || distance > 32_767) throw wrong(`label ${label} is too far: ${distance} instructions`);
    return distance;
  }

  #arithmetic(kind: number, operation: AluOperation, target: Register, source: Register | number): this {
    const isRegister = typeof source === 'string';
    const code = kind | ALU[operation] | (isRegister ? FROM_REGISTER : 0);
    const [from, immediate] = isRegister ? [number(source), 0] : [0, source];
    return this.#push({ code, target: number(target), source: from, offset: 0, immediate });
  }

  #wide(target: Register, source: number, low: number, high: number): this {
    const code = CLASS.ld | WIDTH.u64;
    this.#push({ code, target: number(target), source, offset: 0, immediate: low });
    return this.#push({ code: 0, target: 0, source: 0, offset: 0, immediate: high });
  }

  #push(instruction: Instruction): this {
    checkRange('offset', instruction.offset, 16);
    checkRange('number', instruction.immediate, 32);
    this.#instructions.push(instruction);
    return this;
  }
}

/** Written into fewer bits, a number would become another one without a word. */
function checkRange(what: string, value: number, bits: 16 | 32): void {
  const limit = 2 ** (bits - 1);
  if (Number.isInteger(value) && value >= -limit && value < limit) return;
  const advice = bits === 32 ? ' A larger one needs constant().' : '';
  throw wrong(`${what} ${value}: expected an integer from ${-limit} to ${limit - 1}.${advice}`);
}

function wrong(message: string): ReuseportError {
  return new ReuseportError('ERR_PROGRAM', `assembler: ${message}`);
}

function number(register: Register): number {
  return Number(register.slice(1));
}
