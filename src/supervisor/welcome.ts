import { PROTOCOL_VERSION, type ToWorker, type WorkerSettings } from '../channel/messages.js';
import type { Effect } from './events.js';
import { slotOfLoop } from './threads.js';

/** The first message to each loop of a worker. */
export function welcomesTo(
  { slot, generation }: Extract<Effect, { type: 'spawn' }>,
  threads: number,
  settings: WorkerSettings,
): ToWorker[] {
  return Array.from({ length: threads }, (_, thread) => ({
    type: 'welcome',
    version: PROTOCOL_VERSION,
    slot: slotOfLoop(slot, thread),
    generation,
    masterPid: process.pid,
    settings,
  }));
}
