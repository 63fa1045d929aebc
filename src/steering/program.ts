/**
 * What every steering program has in common: migration first, counting of SYNs without ACK only, the selection with its
 * reservation, the next slot where one is empty, and SK_PASS at the end, whatever happened.
 */
import { FLAG, KERNEL_PAGE, MAX_ROWS, offsetOf, ROW, ROW_BYTES, ROWS_START } from '../state/layout.js';
import { Assembler, HELPER, type Label } from './assembler.js';

/** Offsets in struct sk_reuseport_md (include/uapi/linux/bpf.h). */
export const CONTEXT = { data: 0, dataEnd: 8, ethernetProtocol: 20, hash: 32, migratingSocket: 48 } as const;

export interface ProgramInput {
  /** Rows that the program looks at: slots 0 to `slots` - 1. */
  slots: number;
  /** One-element array that holds the state page. */
  pageFd: number;
  /** Sockarray of this group, keyed by slot. */
  sockarrayFd: number;
  /** May the program be called for a migration. */
  migrate: boolean;
}

/**
 * Chooses a slot: leaves its number in r9, or jumps to `none`. On entry r6 is the context and r8 the state page; both must
 * be kept, and r7 as well. The stack below -16 is free.
 */
export type Choose = (asm: Assembler, input: ProgramInput, none: Label) => void;

const SK_PASS = 1;
const TCP_FLAGS_BYTE = 13;
const SYN = 0x02;
const ACK = 0x10;

/** The complete program; `chooseForMigration` must do without a packet. */
export function buildProgram(input: ProgramInput, choose: Choose, chooseForMigration: Choose): Uint8Array {
  const asm = new Assembler();
  const none = asm.label('none');
  const select = asm.label('select');
  const chooseForPacket = asm.label('packet');

  asm.mov('r6', 'r1');
  asm.mapValue('r8', input.pageFd, 0);
  asm.mov('r7', 1);
  if (input.migrate) {
    asm.load('u64', 'r1', 'r6', CONTEXT.migratingSocket);
    asm.jumpIf('r1', '==', 0, chooseForPacket);
    chooseForMigration(asm, input, none);
    asm.jump(select);
  }
  asm.place(chooseForPacket);
  countOnlySyn(asm);
  choose(asm, input, none);
  asm.place(select);
  selectOrNext(asm, input, none);
  asm.place(none);
  // Without a selection the kernel's own hash decides: it includes slots that we would have passed over.
  asm.mov('r1', 'r7').atomicAdd('r8', KERNEL_PAGE.stray, 'r1');
  asm.mov('r0', SK_PASS).exit();
  return asm.assemble();
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

/** Selects r9; where that slot has no socket, the next usable one that has. */
function selectOrNext(asm: Assembler, input: ProgramInput, none: Label): void {
  const done = asm.label('done');
  const found = asm.label('found');
  const next = asm.label('next');
  asm.jumpIf('r9', '>', MAX_ROWS - 1, none);
  callSelect(asm, input);
  asm.jumpIf('r0', '==', 0, found);
  asm.jump(next);
  asm.place(found);
  rowAddress(asm);
  asm.mov('r2', 'r7').atomicAdd('r1', ROW.assigned, 'r2').atomicAdd('r1', ROW.selected, 'r2');
  asm.place(done);
  asm.mov('r0', SK_PASS).exit();

  asm.place(next);
  rowAddress(asm);
  asm.mov('r2', 'r7').atomicAdd('r1', ROW.error, 'r2');
  for (let slot = 0; slot < input.slots; slot += 1) {
    const skip = asm.label('skip');
    asm.load('u32', 'r1', 'r8', offsetOf(slot, 'flags')).jumpIf('r1', '!=', FLAG.ready, skip);
    asm.jumpIf('r9', '==', slot, skip);
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

function callSelect(asm: Assembler, { sockarrayFd }: ProgramInput): void {
  asm.store('u32', 'r10', -4, 'r9');
  asm.mov('r1', 'r6').map('r2', sockarrayFd).mov('r3', 'r10').alu('add', 'r3', -4).mov('r4', 0);
  asm.call(HELPER.selectReuseport);
}

/** r1 = address of the row of r9, which the verifier must know to be at most 63. */
function rowAddress(asm: Assembler): void {
  asm.mov('r1', 'r9').alu('mul', 'r1', ROW_BYTES).alu('add', 'r1', ROWS_START).alu('add', 'r1', 'r8');
}
