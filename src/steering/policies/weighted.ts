import { MAX_ROWS, offsetOf } from '../../state/layout.js';
import type { Assembler } from '../assembler.js';
import { GROUP } from '../group-state.js';
import { type Choose, forget } from '../program.js';
import { atLeastZero, beginLeast, endLeast, keepLeast, loadIsUnusable } from './scan.js';

/**
 * Smooth weighted round robin: every usable slot gains its weight, the richest is chosen and pays the sum of all. Exact
 * over every full round, also for short runs; a choice at random misses by several per cent. A packet that does not
 * count changes nothing but chooses likewise.
 *
 * Credit never leaves the range from -sum to sum while weights and usable slots stay the same. What lies beyond was
 * gathered under other weights or with other slots, and is cut: after any change each slot is ahead or behind by one
 * connection at most, where a heavy slot of before would otherwise starve another for as long as it takes to pay back.
 */
export const weighted: Choose = (asm, { slots, groupFd }, none) => {
  // r0 = sum of the weights.
  asm.mov('r0', 0);
  for (let slot = 0; slot < slots; slot += 1) {
    loadGain(asm, slot);
    asm.alu('add', 'r0', 'r3');
  }
  beginLeast(asm);
  asm.mapValue('r9', groupFd, GROUP.credit);
  for (let slot = 0; slot < slots; slot += 1) {
    loadGain(asm, slot);
    // r2 = the credit, cut; r4 = by how much it changes: nothing for a packet that does not count.
    asm
      .load('u64', 'r2', 'r9', slot * 8)
      .mov('r4', 0)
      .alu('sub', 'r4', 'r2');
    cut(asm);
    asm
      .alu('add', 'r2', 'r3')
      .alu('add', 'r4', 'r2')
      .alu('mul', 'r4', 'r7')
      .atomicAdd('r9', slot * 8, 'r4');
    // The more credit the less the key.
    asm.constant('r5', MOST_CREDIT).alu('sub', 'r5', 'r2').mov('r2', 'r5').alu('lsh', 'r2', 6).alu('or', 'r2', slot);
    asm.alu('sub', 'r3', 1).alu('rsh', 'r3', 63);
    keepLeast(asm, 'r3');
  }
  endLeast(asm);
  forget(asm, 'r9');
  asm.jumpIf('r9', '>', MAX_ROWS - 1, none);
  asm.mapValue('r5', groupFd, GROUP.credit).mov('r1', 'r9').alu('lsh', 'r1', 3).alu('add', 'r5', 'r1');
  asm.alu('mul', 'r0', 'r7').mov('r4', 0).alu('sub', 'r4', 'r0').atomicAdd('r5', 0, 'r4');
};

/** Above any credit, which is at most the sum of 64 weights of 32 bits. */
const MOST_CREDIT = 1n << 40n;

/** r3 = what the slot gains: its weight, or 0 where it is not usable. Uses r5. */
function loadGain(asm: Assembler, slot: number): void {
  loadIsUnusable(asm, slot, 'r5');
  asm.load('u32', 'r3', 'r8', offsetOf(slot, 'weight')).alu('xor', 'r5', 1).alu('mul', 'r3', 'r5');
}

/** Cuts r2 to -r0 … r0. Uses r5. */
function cut(asm: Assembler): void {
  // To at least -r0.
  asm.alu('add', 'r2', 'r0');
  atLeastZero(asm, 'r2');
  // To at most r0, from above: 2 r0 - r2, at least 0.
  asm.alu('sub', 'r2', 'r0').alu('sub', 'r2', 'r0').mov('r5', 'r2').alu('arsh', 'r5', 63).alu('and', 'r2', 'r5');
  asm.alu('add', 'r2', 'r0');
}
