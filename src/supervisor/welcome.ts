import { PROTOCOL_VERSION, type ToWorker, type WorkerSettings } from '../channel/messages.js';
import type { Effect } from './events.js';

/** The first message to a worker. */
export function welcomeTo(
  { slot, generation }: Extract<Effect, { type: 'spawn' }>,
  settings: WorkerSettings,
): ToWorker {
  return {
    type: 'welcome',
    version: PROTOCOL_VERSION,
    slot,
    generation,
    masterPid: process.pid,
    settings,
  };
}
