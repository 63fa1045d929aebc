/** Pieces of programs that look at every row: which slots are usable, and which of them has the smallest score. */
import { FLAG, offsetOf } from '../../state/layout.js';
import { type Assembler, HELPER, type Label, type Register } from '../assembler.js';
import type { Choose, ProgramInput } from '../program.js';

/** Jumps to `skip` unless the slot is ready and neither draining, down nor stuck. Uses r5. */
export function skipUnusable(asm: Assembler, slot: number, skip: Label): void {
  asm.load('u32', 'r5', 'r8', offsetOf(slot, 'flags')).jumpIf('r5', '!=', FLAG.ready, skip);
}

/** `target` = connections given to the slot that its loop has not accepted yet, at least 0. Uses r5. */
export function loadPending(asm: Assembler, slot: number, target: Register): void {
  const sound = asm.label('pending');
  asm.load('u64', target, 'r8', offsetOf(slot, 'assigned')).load('u64', 'r5', 'r8', offsetOf(slot, 'accepted'));
  // The loop may publish between our two reads.
  asm.alu('sub', target, 'r5').jumpIf(target, 's>=', 0, sound).mov(target, 0).place(sound);
}

/** `target` = a random number from 0 to `below` - 1. Loses r0 to r5. */
export function random(asm: Assembler, target: Register, below: number): void {
  asm.call(HELPER.prandomU32).mov(target, 'r0').alu32('mod', target, below);
}

/**
 * Chooses the usable slot with the smallest score. `score` leaves it in r2, at most 2^56; it may use r3 to r5. Ties go
 * round at random, so that no slot is favoured for its number. r0 is the first slot of the round, r1 the best so far.
 */
export function smallest(score: (asm: Assembler, slot: number, input: ProgramInput) => void): Choose {
  return (asm, input, none) => {
    random(asm, 'r9', input.slots);
    asm.mov('r0', 'r9');
    asm.constant('r1', (1n << 63n) - 1n);
    asm.mov('r9', 0xff);
    for (let slot = 0; slot < input.slots; slot += 1) {
      const skip = asm.label('skip');
      skipUnusable(asm, slot, skip);
      score(asm, slot, input);
      addTieBreak(asm, slot, input.slots);
      asm.jumpIf('r2', '>=', 'r1', skip);
      asm.mov('r1', 'r2').mov('r9', slot);
      asm.place(skip);
    }
    asm.jumpIf('r9', '==', 0xff, none);
  };
}

/** r2 = r2 * 64 + distance of the slot from the first of the round. Uses r5. */
function addTieBreak(asm: Assembler, slot: number, slots: number): void {
  const ahead = asm.label('ahead');
  asm.mov('r5', slot).alu('sub', 'r5', 'r0').jumpIf('r5', 's>=', 0, ahead).alu('add', 'r5', slots).place(ahead);
  asm.alu('lsh', 'r2', 6).alu('add', 'r2', 'r5');
}

/** Chooses the usable slot number r3 modulo their count, in order of slots. `number` leaves r3; r3 is below 2^32. */
export function pick(number: (asm: Assembler, input: ProgramInput) => void): Choose {
  return (asm, input, none) => {
    const chosen = asm.label('chosen');
    number(asm, input);
    asm.mov('r4', 0).mov('r9', 0xff);
    for (let slot = 0; slot < input.slots; slot += 1) {
      const skip = asm.label('skip');
      skipUnusable(asm, slot, skip);
      asm.alu('add', 'r4', 1).place(skip);
    }
    asm.jumpIf('r4', '==', 0, none);
    asm.alu('mod', 'r3', 'r4');
    for (let slot = 0; slot < input.slots; slot += 1) {
      const skip = asm.label('skip');
      skipUnusable(asm, slot, skip);
      asm.mov('r9', slot).jumpIf('r3', '==', 0, chosen).alu('sub', 'r3', 1).place(skip);
    }
    // A slot left the selection between the two rounds: the last one seen will do.
    asm.place(chosen);
  };
}
