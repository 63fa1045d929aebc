import type { Addon } from '../native/addon.js';

/**
 * Runs this worker, with what it starts, on the processor of its slot; of a worker with several loops this one's thread.
 * Where that may not be, it goes on running on any.
 */
export function pin(
  addon: Pick<Addon, 'runOn'>,
  processors: readonly number[] | null,
  slot: number,
  { threadAlone, warn }: { threadAlone: boolean; warn: (code: string, message: string) => void },
): void {
  const processor = processors?.[slot % processors.length];
  if (processor === undefined) return;
  try {
    addon.runOn(processor, threadAlone);
  } catch (error) {
    warn('WARN_PIN', `a worker is not pinned to processor ${processor}: ${(error as Error).message}`);
  }
}
