import { offsetOf } from '../../state/layout.js';
import type { Assembler, Register } from '../assembler.js';
import type { Choose } from '../program.js';
import { asBit, loadPending, smallest } from './scan.js';

const MOST_CONNECTIONS = (1 << 20) - 1;
/** What a loop in its turn may have less than an idle one and still be passed over: so many, and an eighth of its own. */
const SPARE_CONNECTIONS = 2;
const SPARE_SHIFT = 3;
/** What waits for a loop weighs as much as four times the square of its number in open connections. */
const WAITING_SHIFT = 2;

/**
 * An idle loop first: one that waits in epoll and has nothing assigned that it has not accepted. Among idle loops the
 * one with the fewest open connections. An idle loop that has far more of them than one in its turn is no choice:
 * connections that live long would pile up on whoever was idle when they came. What waits to be accepted counts for the
 * busy one, reservations of this program included, and by its square: a worker that has just begun, and has none, is not
 * given all that come in one of its turns. A loop that is in a long turn is out of the selection by its stuck flag.
 */
export const idle: Choose = smallest((asm, slot) => {
  loadPending(asm, slot, 'r3');
  atMost(asm, 'r3', MOST_CONNECTIONS);
  asm.load('u64', 'r2', 'r8', offsetOf(slot, 'openConnections'));
  atMost(asm, 'r2', MOST_CONNECTIONS);
  // r4 = -1 unless the loop is idle, else 0.
  asm.load('u64', 'r4', 'r8', offsetOf(slot, 'busySinceNs')).alu('or', 'r4', 'r3');
  asBit(asm, 'r4');
  asm.mov('r5', 0).alu('sub', 'r5', 'r4').mov('r4', 'r5');
  asm.alu('mul', 'r3', 'r3').alu('lsh', 'r3', WAITING_SHIFT);
  asm.mov('r5', 'r2').alu('rsh', 'r5', SPARE_SHIFT).alu('add', 'r5', SPARE_CONNECTIONS);
  asm.alu('add', 'r3', 'r5').alu('and', 'r3', 'r4').alu('add', 'r2', 'r3');
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
