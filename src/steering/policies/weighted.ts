import { offsetOf } from '../../state/layout.js';
import type { Choose } from '../program.js';
import { skipUnusable } from './scan.js';

/**
 * Smooth weighted round robin: every usable slot gains its weight, the richest is chosen and pays the sum of all. Exact
 * over every full round, also for short runs; a choice at random misses by several per cent. A packet that does not
 * count changes nothing but chooses likewise.
 */
export const weighted: Choose = (asm, { slots }, none) => {
  // r0 sum of weights, r1 most credit, r2 this slot's credit, r3 its weight.
  asm
    .mov('r0', 0)
    .constant('r1', -(1n << 62n))
    .mov('r9', 0xff);
  for (let slot = 0; slot < slots; slot += 1) {
    const skip = asm.label('skip');
    skipUnusable(asm, slot, skip);
    asm.load('u32', 'r3', 'r8', offsetOf(slot, 'weight')).jumpIf('r3', '==', 0, skip);
    asm.alu('add', 'r0', 'r3');
    // Multiplied by r7: nothing for a packet that does not count.
    asm.mov('r4', 'r3').alu('mul', 'r4', 'r7').atomicAdd('r8', offsetOf(slot, 'credit'), 'r4');
    asm.load('u64', 'r2', 'r8', offsetOf(slot, 'credit'));
    asm.jumpIf('r2', 's<=', 'r1', skip).mov('r1', 'r2').mov('r9', slot);
    asm.place(skip);
  }
  asm.jumpIf('r9', '==', 0xff, none);
  const paid = asm.label('paid');
  asm.alu('mul', 'r0', 'r7').mov('r4', 0).alu('sub', 'r4', 'r0');
  for (let slot = 0; slot < slots; slot += 1) {
    const skip = asm.label('skip');
    asm.jumpIf('r9', '!=', slot, skip);
    asm.atomicAdd('r8', offsetOf(slot, 'credit'), 'r4').jump(paid);
    asm.place(skip);
  }
  asm.place(paid);
};
