/**
 * Pieces of programs that look at every row: which slots are usable, and which of them has the smallest score. Arithmetic
 * stands where a jump would do: the verifier follows both ways of each jump, and without CAP_PERFMON also those that a
 * processor could only take by speculation. With a jump or two per row it gives up (E2BIG) at eight to thirty-two of them.
 */
import { FLAG, MAX_ROWS, offsetOf } from '../../state/layout.js';
import { type Assembler, HELPER, type Label, type Register } from '../assembler.js';
import { type Choose, NOBODY, type ProgramInput } from '../program.js';

/** `target`, which is below 2^63, becomes 1 unless it is 0. */
export function asBit(asm: Assembler, target: Register): void {
  asm.alu('sub', target, 1).alu('rsh', target, 63).alu('xor', target, 1);
}

/** `target` = 0 where the slot is ready and neither draining, down nor stuck; else 1. */
export function loadIsUnusable(asm: Assembler, slot: number, target: Register): void {
  asm.load('u32', target, 'r8', offsetOf(slot, 'flags')).alu('xor', target, FLAG.ready);
  asBit(asm, target);
}

/** Jumps to `skip` unless the slot is usable and has a weight. Uses r4 and r5. Only the weighted policy has other weights than 1. */
export function skipUnweighted(asm: Assembler, slot: number, skip: Label): void {
  loadIsWeightless(asm, slot, 'r4');
  asm.load('u32', 'r5', 'r8', offsetOf(slot, 'flags')).alu('xor', 'r5', FLAG.ready).alu('or', 'r5', 'r4');
  asm.jumpIf('r5', '!=', 0, skip);
}

/** `target` = 1 where the slot's weight is 0, else 0. */
export function loadIsWeightless(asm: Assembler, slot: number, target: Register): void {
  asm.load('u32', target, 'r8', offsetOf(slot, 'weight')).alu('sub', target, 1).alu('rsh', target, 63);
}

/** `target` = connections given to the slot that its loop has not accepted yet, at least 0. Uses r5. */
export function loadPending(asm: Assembler, slot: number, target: Register): void {
  asm.load('u64', target, 'r8', offsetOf(slot, 'assigned')).load('u64', 'r5', 'r8', offsetOf(slot, 'accepted'));
  asm.alu('sub', target, 'r5');
  atLeastZero(asm, target);
}

/** `target` = 0 if it is negative: the loop may publish between our two reads. Uses r5. */
export function atLeastZero(asm: Assembler, target: Register): void {
  asm.mov('r5', target).alu('arsh', 'r5', 63).alu('xor', 'r5', -1).alu('and', target, 'r5');
}

/** `target` = a random number from 0 to `below` - 1. Loses r0 to r5. */
export function random(asm: Assembler, target: Register, below: number): void {
  asm.call(HELPER.prandomU32).mov(target, 'r0').alu32('mod', target, below);
}

/** In r1 of a search: above every key. */
const NONE = 1n << 62n;
const NONE_BIT = 62;

/** Begins a search: r1 = no key. */
export function beginLeast(asm: Assembler): void {
  asm.constant('r1', NONE);
}

/** r1 = the lesser of r1 and the key in r2, unless `barred` (0 or 1) bars it. Loses `barred`, r2 and r5. */
export function keepLeast(asm: Assembler, barred: Register): void {
  asm.alu('lsh', barred, NONE_BIT).alu('or', 'r2', barred);
  asm.alu('sub', 'r2', 'r1').mov('r5', 'r2').alu('arsh', 'r5', 63).alu('and', 'r2', 'r5').alu('add', 'r1', 'r2');
}

/** r9 = the low 6 bits of the least key, or NOBODY. Loses r2. */
export function endLeast(asm: Assembler): void {
  const end = asm.label('end');
  asm.mov('r9', NOBODY).constant('r2', NONE).jumpIf('r1', '>=', 'r2', end);
  asm.mov('r9', 'r1').alu('and', 'r9', MAX_ROWS - 1);
  asm.place(end);
}

/**
 * Chooses the slot with the smallest score among those that `loadIsBarred` leaves at 0. `score` leaves it in r2, at most
 * 2^56; both may use r3 to r5. Ties go round at random, so that no slot is favoured for its number.
 */
export function smallest(
  score: (asm: Assembler, slot: number, input: ProgramInput) => void,
  loadIsBarred: (asm: Assembler, slot: number, target: Register) => void = loadIsUnusable,
): Choose {
  return (asm, input) => {
    // The first slot of the round.
    random(asm, 'r9', input.slots);
    asm.mov('r0', 'r9');
    beginLeast(asm);
    for (let slot = 0; slot < input.slots; slot += 1) {
      score(asm, slot, input);
      addTieBreak(asm, slot, input.slots);
      loadIsBarred(asm, slot, 'r4');
      keepLeast(asm, 'r4');
    }
    const end = asm.label('nobody');
    endLeast(asm);
    // From the place in the round to the slot.
    asm.jumpIf('r9', '==', NOBODY, end).alu('add', 'r9', 'r0').alu32('mod', 'r9', input.slots).place(end);
  };
}

/**
 * r2 = r2 * 64 + distance of the slot from the first of the round. Uses r4 and r5. The mask is on the right of the `and`: on the
 * left, beside a constant, Linux 6.18 forks the verifier's state for its two values, at every row.
 */
function addTieBreak(asm: Assembler, slot: number, slots: number): void {
  asm.mov('r5', slot).alu('sub', 'r5', 'r0').alu('lsh', 'r2', 6).alu('add', 'r2', 'r5');
  asm.alu('arsh', 'r5', 63).mov('r4', slots).alu('and', 'r4', 'r5').alu('add', 'r2', 'r4');
}

/** Chooses the usable slot number r3 modulo their count, in order of slots. `number` leaves r3; r3 is below 2^32. */
export function pick(number: (asm: Assembler, input: ProgramInput) => void): Choose {
  return (asm, input, none) => {
    number(asm, input);
    asm.mov('r4', 0);
    for (let slot = 0; slot < input.slots; slot += 1) {
      loadIsUnusable(asm, slot, 'r5');
      asm.alu('add', 'r4', 1).alu('sub', 'r4', 'r5');
    }
    asm.jumpIf('r4', '==', 0, none).alu('mod', 'r3', 'r4');
    // r4 counts the usable slots again; r9 = 1 + the one before which there are r3 of them.
    asm.mov('r4', 0).mov('r9', 0);
    for (let slot = 0; slot < input.slots; slot += 1) {
      loadIsUnusable(asm, slot, 'r5');
      asm.mov('r2', 'r4').alu('xor', 'r2', 'r3').alu('or', 'r2', 'r5');
      asBit(asm, 'r2');
      asm
        .alu('xor', 'r2', 1)
        .alu('mul', 'r2', slot + 1)
        .alu('or', 'r9', 'r2');
      asm.alu('add', 'r4', 1).alu('sub', 'r4', 'r5');
    }
    // None where a slot left the selection between the two rounds: -1 is no slot.
    asm.alu('sub', 'r9', 1);
  };
}
