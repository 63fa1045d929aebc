import { offsetOf } from '../../state/layout.js';
import type { Assembler, Register } from '../assembler.js';
import type { Choose } from '../program.js';
import { asBit, loadPending, smallest } from './scan.js';

/** Above every score of an idle slot: at most 2^20 connections are told apart. */
const NOT_IDLE = 40;
const MOST_CONNECTIONS = (1 << 20) - 1;

/**
 * An idle loop first: one that waits in epoll and has nothing assigned that it has not accepted. Among idle loops the
 * one with the fewest open connections. Where none is idle, the one with the fewest connections waiting to be accepted,
 * reservations of this program included; a loop that is in a long turn is out of the selection by its stuck flag.
 */
export const idle: Choose = smallest((asm, slot) => {
  loadPending(asm, slot, 'r3');
  asm.load('u64', 'r2', 'r8', offsetOf(slot, 'openConnections'));
  atMost(asm, 'r2', MOST_CONNECTIONS);
  // r4 = -1 unless the loop is idle, else 0.
  asm.load('u64', 'r4', 'r8', offsetOf(slot, 'busySinceNs')).alu('or', 'r4', 'r3');
  asBit(asm, 'r4');
  asm.mov('r5', 0).alu('sub', 'r5', 'r4').mov('r4', 'r5');
  // (1 + waiting) * 2^20 beyond every idle score.
  asm.alu('add', 'r3', 1).alu('lsh', 'r3', 20);
  asm.mov('r5', 1).alu('lsh', 'r5', NOT_IDLE).alu('add', 'r3', 'r5').alu('and', 'r3', 'r4').alu('add', 'r2', 'r3');
});

/** `target` = `most` if it is more. Uses r5. */
function atMost(asm: Assembler, target: Register, most: number): void {
  asm
    .alu('sub', target, most)
    .mov('r5', target)
    .alu('arsh', 'r5', 63)
    .alu('and', target, 'r5')
    .alu('add', target, most);
}
