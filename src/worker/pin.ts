import type { Addon } from '../native/addon.js';

/** Runs this worker, with what it starts, on the processor of its slot. Where that may not be, it goes on running on any. */
export function pin(
  addon: Pick<Addon, 'runOn'>,
  processors: readonly number[] | null,
  slot: number,
  warn: (code: string, message: string) => void,
): void {
  const processor = processors?.[slot % processors.length];
  if (processor === undefined) return;
  try {
    addon.runOn(processor);
  } catch (error) {
    warn('WARN_PIN', `a worker is not pinned to processor ${processor}: ${(error as Error).message}`);
  }
}
