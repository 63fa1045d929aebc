import { offsetOf } from '../../state/layout.js';
import { type Choose } from '../program.js';
import { loadPending, smallest } from './scan.js';

/** Above every score of an idle slot: at most 2^20 connections are told apart. */
const NOT_IDLE = 40;
const MOST_CONNECTIONS = (1 << 20) - 1;

/**
 * An idle loop first: one that waits in epoll and has nothing assigned that it has not accepted. Among idle loops the
 * one with the fewest open connections. Where none is idle, the one with the fewest connections waiting to be accepted,
 * reservations of this program included; a loop that is in a long turn is out of the selection by its stuck flag.
 */
export const idle: Choose = smallest((asm, slot) => {
  const busy = asm.label('busy');
  const scored = asm.label('scored');
  const few = asm.label('few');
  loadPending(asm, slot, 'r3');
  asm.load('u64', 'r2', 'r8', offsetOf(slot, 'openConnections'));
  asm.jumpIf('r2', '<=', MOST_CONNECTIONS, few).mov('r2', MOST_CONNECTIONS).place(few);
  asm.jumpIf('r3', '!=', 0, busy);
  asm.load('u64', 'r4', 'r8', offsetOf(slot, 'busySinceNs')).jumpIf('r4', '==', 0, scored);
  asm.place(busy);
  // (1 + waiting) * 2^20 + open, beyond every idle score.
  asm.alu('add', 'r3', 1).alu('lsh', 'r3', 20).alu('add', 'r2', 'r3');
  asm.mov('r4', 1).alu('lsh', 'r4', NOT_IDLE).alu('add', 'r2', 'r4');
  asm.place(scored);
});
