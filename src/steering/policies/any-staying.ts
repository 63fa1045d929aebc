import { FLAG, offsetOf } from '../../state/layout.js';
import type { Assembler, Register } from '../assembler.js';
import { asBit, loadIsWeightless, loadPending, smallest } from './scan.js';

/** How far the bits are shifted in the score: to 2^40, 2^41 and 2^42, beyond any number of waiting connections. */
const STUCK = 40 - Math.log2(FLAG.stuck);
const WEIGHTLESS = 41;
const DOWN = 42 - Math.log2(FLAG.down);

/**
 * What every program falls back on, and how migrations choose: any slot that does not drain, the one with the least
 * waiting. One that is stuck only where none turns; one of weight 0 only where no other is ready, because a long turn ends
 * but who gives a slot no weight wants it to get nothing; one that is down last of all: its next worker will come, while
 * that of a draining slot never does.
 */
export const anyStaying = smallest(scoreOf, loadIsLeaving);

function scoreOf(asm: Assembler, slot: number): void {
  loadPending(asm, slot, 'r2');
  asm.load('u32', 'r4', 'r8', offsetOf(slot, 'flags')).alu('and', 'r4', FLAG.stuck);
  asm.alu('lsh', 'r4', STUCK).alu('add', 'r2', 'r4');
  asm.load('u32', 'r4', 'r8', offsetOf(slot, 'flags')).alu('and', 'r4', FLAG.down);
  asm.alu('lsh', 'r4', DOWN).alu('add', 'r2', 'r4');
  loadIsWeightless(asm, slot, 'r4');
  asm.alu('lsh', 'r4', WEIGHTLESS).alu('add', 'r2', 'r4');
}

/** `target` = 0 where the slot is ready or down, and nothing else but perhaps stuck; else 1. Uses r5. */
function loadIsLeaving(asm: Assembler, slot: number, target: Register): void {
  asm.load('u32', target, 'r8', offsetOf(slot, 'flags')).alu('and', target, ~FLAG.stuck).mov('r5', target);
  asm.alu('xor', target, FLAG.ready).alu('xor', 'r5', FLAG.down).alu('mul', target, 'r5');
  asBit(asm, target);
}
