/** Policies that look at one number: a hash, chance, the processor, a turn, or a count. */
import { KERNEL_PAGE, offsetOf } from '../../state/layout.js';
import { type Assembler, HELPER } from '../assembler.js';
import { type Choose, CONTEXT } from '../program.js';
import { loadPending, pick, random, skipUnusable, smallest } from './scan.js';

/** The kernel's own hash of the two addresses and ports, over the usable slots only. */
export const hash: Choose = pick((asm) => asm.load('u32', 'r3', 'r6', CONTEXT.hash));

export const randomChoice: Choose = pick((asm) => asm.call(HELPER.prandomU32).mov('r3', 'r0'));

/** The processor that handles the packet: with a receive queue per processor, the one whose cache has it. */
export const cpu: Choose = pick((asm) => asm.call(HELPER.processorId).mov('r3', 'r0'));

export const roundRobin: Choose = pick((asm) => {
  asm.mov('r3', 'r7').atomicFetchAdd('r8', KERNEL_PAGE.turn, 'r3').alu32('mov', 'r3', 'r3');
});

/** r2 = open connections and those on their way to the slot. Uses r4 and r5. */
export function loadConnections(asm: Assembler, slot: number): void {
  loadPending(asm, slot, 'r2');
  asm.load('u64', 'r4', 'r8', offsetOf(slot, 'openConnections')).alu('add', 'r2', 'r4');
}

export const leastConnections: Choose = smallest(loadConnections);

export const leastPending: Choose = smallest((asm, slot) => loadPending(asm, slot, 'r2'));

/**
 * The less loaded of two slots drawn at random. Under stale data it is the robust one: whoever looks idle does not get
 * everybody's connections at once.
 */
export const twoChoice: Choose = (asm, input, none) => {
  // Two different slots in the round: the offset of the second from the first is 1 to slots - 1.
  random(asm, 'r9', input.slots);
  asm.store('u64', 'r10', -24, 'r9');
  random(asm, 'r9', Math.max(1, input.slots - 1));
  asm.load('u64', 'r0', 'r10', -24).alu('add', 'r9', 'r0').alu('add', 'r9', 1).alu32('mod', 'r9', input.slots);
  asm.store('u64', 'r10', -32, 'r9');
  asm.constant('r1', (1n << 63n) - 1n).mov('r9', 0xff);
  for (let slot = 0; slot < input.slots; slot += 1) {
    const look = asm.label('look');
    const skip = asm.label('skip');
    asm.load('u64', 'r3', 'r10', -24).jumpIf('r3', '==', slot, look);
    asm.load('u64', 'r3', 'r10', -32).jumpIf('r3', '!=', slot, skip);
    asm.place(look);
    skipUnusable(asm, slot, skip);
    loadConnections(asm, slot);
    asm.jumpIf('r2', '>=', 'r1', skip).mov('r1', 'r2').mov('r9', slot);
    asm.place(skip);
  }
  const found = asm.label('found');
  asm.jumpIf('r9', '!=', 0xff, found);
  // Both are unusable: any that is not.
  leastPending(asm, input, none);
  asm.place(found);
};
