import v8 from 'node:v8';

const STEP_OBJECTS = 1_000;
/** The young generation is 16 MiB at most where nobody has asked for more: some 150 KiB in each step. */
const MOST_STEPS = 256;

/**
 * Has V8 collect the young garbage now. It would do so by itself in one of the next turns, where loading a program has left it
 * nearly full, and that is the first turn of a spare that somebody waits for. By filling it, because a way to ask for it
 * (`--expose-gc`) would be there for the program, too.
 */
export function collectYoungGarbage(): void {
  for (let step = 0, before = usedBytes(); step < MOST_STEPS; step += 1) {
    litter();
    const now = usedBytes();
    if (now < before) return;
    before = now;
  }
}

function litter(): unknown[] {
  return Array.from({ length: STEP_OBJECTS }, (_, index) => [index, index, index, index, index, index, index, index]);
}

function usedBytes(): number {
  return v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_used_size ?? 0;
}
