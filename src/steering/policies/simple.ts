/** Policies that look at one number: a hash, chance, the processor, a turn, or a count. */
import { FLAG, MAX_ROWS, offsetOf, ROW, ROW_BYTES, ROWS_START } from '../../state/layout.js';
import { type Assembler, HELPER, type Label } from '../assembler.js';
import { GROUP } from '../group-state.js';
import { type Choose, CONTEXT } from '../program.js';
import { atLeastZero, loadPending, pick, random, smallest } from './scan.js';

/** The kernel's own hash of the two addresses and ports, over the usable slots only. */
export const hash: Choose = pick((asm) => asm.load('u32', 'r3', 'r6', CONTEXT.hash));

export const randomChoice: Choose = pick((asm) => asm.call(HELPER.prandomU32).mov('r3', 'r0'));

/** The processor that handles the packet: with a receive queue per processor, the one whose cache has it. */
export const cpu: Choose = pick((asm) => asm.call(HELPER.processorId).mov('r3', 'r0'));

export const roundRobin: Choose = pick((asm, { groupFd }) => {
  asm.mov('r3', 'r7').mapValue('r1', groupFd, GROUP.turn).atomicFetchAdd('r1', 0, 'r3').alu32('mov', 'r3', 'r3');
});

/** r2 = open connections and those on their way to the slot. Uses r4 and r5. */
export function loadConnections(asm: Assembler, slot: number): void {
  loadPending(asm, slot, 'r2');
  asm.load('u64', 'r4', 'r8', offsetOf(slot, 'openConnections')).alu('add', 'r2', 'r4');
}

export const leastConnections: Choose = smallest(loadConnections);

export const leastPending: Choose = smallest((asm, slot) => loadPending(asm, slot, 'r2'));

/** Score of a slot that cannot take a connection: above all others. */
const UNUSABLE = (1n << 62n) - 1n;
const FIRST_SCORE = -24;
const FIRST_SLOT = -32;

/**
 * The less loaded of two slots drawn at random. Under stale data it is the robust one: whoever looks idle does not get
 * everybody's connections at once.
 */
export const twoChoice: Choose = (asm, input, none) => {
  const first = asm.label('first');
  const found = asm.label('found');
  random(asm, 'r9', input.slots);
  scoreOfDrawn(asm, none);
  asm.store('u64', 'r10', FIRST_SCORE, 'r2').store('u64', 'r10', FIRST_SLOT, 'r9');
  // The second is another one: 1 to slots - 1 further on.
  random(asm, 'r9', Math.max(1, input.slots - 1));
  asm.load('u64', 'r0', 'r10', FIRST_SLOT).alu('add', 'r9', 'r0').alu('add', 'r9', 1).alu32('mod', 'r9', input.slots);
  scoreOfDrawn(asm, none);
  asm.load('u64', 'r1', 'r10', FIRST_SCORE).jumpIf('r1', '<=', 'r2', first).mov('r1', 'r2').jump(found);
  asm.place(first);
  asm.load('u64', 'r9', 'r10', FIRST_SLOT);
  asm.place(found);
  const usable = asm.label('usable');
  asm.constant('r2', UNUSABLE).jumpIf('r1', '!=', 'r2', usable);
  leastPending(asm, input, none);
  asm.place(usable);
};

/** r2 = connections open or waiting at slot r9, by address arithmetic: unrolled, two draws would be slots² paths. */
function scoreOfDrawn(asm: Assembler, none: Label): void {
  const scored = asm.label('scored');
  asm.jumpIf('r9', '>', MAX_ROWS - 1, none);
  asm.mov('r4', 'r9').alu('mul', 'r4', ROW_BYTES).alu('add', 'r4', ROWS_START).alu('add', 'r4', 'r8');
  asm.constant('r2', UNUSABLE).load('u32', 'r5', 'r4', ROW.flags).jumpIf('r5', '!=', FLAG.ready, scored);
  asm.load('u64', 'r2', 'r4', ROW.assigned).load('u64', 'r5', 'r4', ROW.accepted).alu('sub', 'r2', 'r5');
  atLeastZero(asm, 'r2');
  asm.load('u64', 'r5', 'r4', ROW.openConnections).alu('add', 'r2', 'r5');
  asm.place(scored);
}
