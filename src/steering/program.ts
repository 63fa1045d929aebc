/**
 * What every steering program has in common: migration first, counting of SYNs without ACK only, the selection with its
 * reservation, the next slot where one is empty, any that stays where the policy finds none, and SK_PASS at the end,
 * whatever happened.
 */
import { FLAG, KERNEL_PAGE, MAX_ROWS, offsetOf, ROW, ROW_BYTES, ROWS_START } from '../state/layout.js';
import { Assembler, HELPER, type Label, type Register } from './assembler.js';
import { GROUP, HANDSHAKE_ENTRIES } from './group-state.js';
import { anyStaying } from './policies/any-staying.js';
import { skipUnweighted } from './policies/scan.js';

/** Offsets in struct sk_reuseport_md (include/uapi/linux/bpf.h): what r6 points to. */
export const CONTEXT = { data: 0, dataEnd: 8, ethernetProtocol: 20, hash: 32, migratingSocket: 48 } as const;

/** What a program is made for. */
export interface ProgramInput {
  /** Rows that the program looks at: slots 0 to `slots` - 1. */
  slots: number;
  /** One-element array that holds the state page. */
  pageFd: number;
  /** Sockarray of this group, keyed by slot. */
  sockarrayFd: number;
  /** One-element array of this group alone: see group-state.ts. */
  groupFd: number;
  /** May the program be called for a migration. */
  migrate: boolean;
}

/**
 * Writes the part of a program that chooses a slot: it leaves the number in r9, or {@link NOBODY}, or jumps to `none`. On
 * entry r6 is the context and r8 the state page; both must be kept, and r7 as well (1 for a packet that counts, else 0).
 * r0 to r5 and r9 are free, and so is the stack below -16.
 */
export type Choose = (asm: Assembler, input: ProgramInput, none: Label) => void;

/** Number of no slot. */
export const NOBODY = 0xff;

const SK_PASS = 1;
/** In the frame: a byte. */
const FORGOTTEN = -7;
const TCP_FLAGS_BYTE = 13;
const SYN = 0x02;
const ACK = 0x10;

/**
 * The complete program around a choice: only SYNs without ACK count, the next slot where one has no socket, any that stays
 * where there is no choice, and SK_PASS at the end, whatever happened. Migrations, which have no packet, go to any slot that
 * stays, under every policy.
 */
export function buildProgram(input: ProgramInput, choose: Choose): Uint8Array {
  const asm = new Assembler();
  const none = asm.label('none');
  const any = asm.label('any');
  const select = asm.label('select');

  asm.mov('r6', 'r1');
  asm.mapValue('r8', input.pageFd, 0);
  asm.mov('r7', 1);
  if (input.migrate) asm.load('u64', 'r1', 'r6', CONTEXT.migratingSocket).jumpIf('r1', '!=', 0, any);
  countOnlySyn(asm);
  followHandshake(asm, input, select);
  choose(asm, input, any);
  forget(asm, 'r9');
  asm.jumpIf('r9', '<=', MAX_ROWS - 1, select);
  asm.place(any);
  anyStaying(asm, input, none);
  forget(asm, 'r9');
  asm.jumpIf('r9', '>', MAX_ROWS - 1, none);
  asm.place(select);
  selectOrNext(asm, input, none);
  asm.place(none);
  asm.mov('r1', 'r7').atomicAdd('r8', KERNEL_PAGE.stray, 'r1');
  selectAny(asm, input);
  return asm.assemble();
}

/**
 * The register keeps its value, 0 to 255, but the verifier no longer knows where it comes from. Else it would follow all
 * that comes once for each slot that can have been chosen, and take a time that grows with the square of their number. It
 * stops to ask at a byte of the frame that is neither a known constant nor at the start of a word. Loses r1.
 */
export function forget(asm: Assembler, register: Register): void {
  asm.load('u32', 'r1', 'r6', CONTEXT.hash).alu('add', register, 'r1').alu('sub', register, 'r1');
  asm.store('u8', 'r10', FORGOTTEN, register).load('u8', register, 'r10', FORGOTTEN);
}

/** r7 = 1 for a SYN without ACK, else 0: stray packets and the ACK under SYN cookies select, but do not count. */
function countOnlySyn(asm: Assembler): void {
  const counted = asm.label('counted');
  asm.mov('r7', 0);
  asm.load('u64', 'r1', 'r6', CONTEXT.data).load('u64', 'r2', 'r6', CONTEXT.dataEnd);
  asm
    .mov('r3', 'r1')
    .alu('add', 'r3', TCP_FLAGS_BYTE + 1)
    .jumpIf('r3', '>', 'r2', counted);
  asm
    .load('u8', 'r3', 'r1', TCP_FLAGS_BYTE)
    .alu('and', 'r3', SYN | ACK)
    .jumpIf('r3', '!=', SYN, counted);
  asm.mov('r7', 1);
  asm.place(counted);
}

/**
 * What is no SYN belongs to a handshake without a request socket: the ACK that brings a SYN cookie back. It goes where its
 * SYN was counted, if that slot is still usable, and otherwise is chosen for like a SYN.
 */
function followHandshake(asm: Assembler, input: ProgramInput, select: Label): void {
  const fresh = asm.label('fresh');
  asm.jumpIf('r7', '!=', 0, fresh);
  handshakeEntry(asm, input);
  asm.load('u32', 'r9', 'r2', 0).mov('r3', 'r9').alu('xor', 'r3', 'r1').alu32('and', 'r3', HANDSHAKE_TAG);
  asm.jumpIf('r3', '!=', 0, fresh);
  asm.alu('and', 'r9', MAX_ROWS - 1);
  rowAddress(asm);
  asm.load('u32', 'r2', 'r1', ROW.flags).jumpIf('r2', '==', FLAG.ready, select);
  asm.place(fresh);
}

/** Remembers that the connection of this SYN was given to r9. */
function rememberHandshake(asm: Assembler, input: ProgramInput): void {
  const forget = asm.label('forget');
  asm.jumpIf('r7', '==', 0, forget);
  handshakeEntry(asm, input);
  asm.alu32('and', 'r1', HANDSHAKE_TAG).alu('or', 'r1', 'r9').store('u32', 'r2', 0, 'r1');
  asm.place(forget);
}

/** The bits of the hash that an entry keeps beside its slot. */
const HANDSHAKE_TAG = ~(MAX_ROWS - 1);

/** r1 = the hash of addresses and ports, r2 = address of its entry. Uses r3. */
function handshakeEntry(asm: Assembler, { groupFd }: ProgramInput): void {
  asm.load('u32', 'r1', 'r6', CONTEXT.hash).mapValue('r2', groupFd, GROUP.handshakes);
  asm
    .mov('r3', 'r1')
    .alu('and', 'r3', HANDSHAKE_ENTRIES - 1)
    .alu('lsh', 'r3', 2)
    .alu('add', 'r2', 'r3');
}

/** Selects r9, at most 63; where that slot has no socket, the next usable one that has. */
function selectOrNext(asm: Assembler, input: ProgramInput, none: Label): void {
  const done = asm.label('done');
  const found = asm.label('found');
  const next = asm.label('next');
  callSelect(asm, input);
  asm.jumpIf('r0', '==', 0, found);
  asm.jump(next);
  asm.place(found);
  rowAddress(asm);
  asm.mov('r2', 'r7').atomicAdd('r1', ROW.assigned, 'r2').atomicAdd('r1', ROW.selected, 'r2');
  asm.place(done);
  rememberHandshake(asm, input);
  asm.mov('r0', SK_PASS).exit();

  asm.place(next);
  rowAddress(asm);
  asm.mov('r2', 'r7').atomicAdd('r1', ROW.error, 'r2');
  for (let slot = 0; slot < input.slots; slot += 1) {
    const skip = asm.label('skip');
    skipUnweighted(asm, slot, skip);
    asm.mov('r9', slot);
    callSelect(asm, input);
    asm.jumpIf('r0', '!=', 0, skip);
    asm.mov('r2', 'r7');
    asm.atomicAdd('r8', offsetOf(slot, 'assigned'), 'r2').atomicAdd('r8', offsetOf(slot, 'fallback'), 'r2');
    asm.jump(done);
    asm.place(skip);
  }
  asm.jump(none);
}

/**
 * Every slot is draining or down: any that has a socket, from one on that the hash names. Without a selection the kernel
 * would do the same over its whole group, in which sockets of strangers may stand.
 */
function selectAny(asm: Assembler, input: ProgramInput): void {
  const found = asm.label('found');
  const lost = asm.label('lost');
  asm.load('u32', 'r9', 'r6', CONTEXT.hash).alu32('mod', 'r9', input.slots);
  for (let round = 0; round < input.slots; round += 1) {
    forget(asm, 'r9');
    callSelect(asm, input);
    asm.jumpIf('r0', '==', 0, found);
    asm.alu32('add', 'r9', 1).alu32('mod', 'r9', input.slots);
  }
  asm.jump(lost);
  asm.place(found);
  forget(asm, 'r9');
  asm.jumpIf('r9', '>', MAX_ROWS - 1, lost);
  rowAddress(asm);
  asm.mov('r2', 'r7').atomicAdd('r1', ROW.assigned, 'r2').atomicAdd('r1', ROW.fallback, 'r2');
  rememberHandshake(asm, input);
  asm.place(lost);
  asm.mov('r0', SK_PASS).exit();
}

function callSelect(asm: Assembler, { sockarrayFd }: ProgramInput): void {
  asm.store('u32', 'r10', -4, 'r9');
  asm.mov('r1', 'r6').map('r2', sockarrayFd).mov('r3', 'r10').alu('add', 'r3', -4).mov('r4', 0);
  asm.call(HELPER.selectReuseport);
}

/** r1 = address of the row of r9, which the verifier must know to be at most 63. */
function rowAddress(asm: Assembler): void {
  asm.mov('r1', 'r9').alu('mul', 'r1', ROW_BYTES).alu('add', 'r1', ROWS_START).alu('add', 'r1', 'r8');
}
