/** `reuseport/worker`: what a program may ask about the worker that it runs in. Outside a worker it is inert. */
import { readContext } from './state.js';

const context = readContext();

/**
 * Stable index, 0 to 63, that a successor inherits; undefined when the program does not run under reuseport, and in a spare
 * (`--spares`) until its first `listen` returns: an `import` sees it change.
 */
export let slot: number | undefined = context?.slot;
context?.onSlot((assigned) => {
  slot = assigned;
});

/** Which rollout this worker belongs to, from 1; undefined when the program does not run under reuseport. */
export const generation: number | undefined = context?.generation;

/** Aborted when the worker begins to drain: it accepts nothing more and ends when its connections are finished. */
export const signal: AbortSignal = context?.signal ?? new AbortController().signal;

/**
 * Calls `handler` when the worker begins to drain. The worker does not end before a returned promise has settled, within
 * the graceful time-out. An error of a handler is reported as an unhandled rejection and does not stop the drain.
 */
export function onDrain(handler: () => void | Promise<void>): void {
  context?.onDrain(handler);
}
