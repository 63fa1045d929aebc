import type { WorkerSettings } from '../channel/messages.js';
import type { Launch } from './launch.js';
import type { SupervisorSettings } from './state.js';

export interface MasterOptions {
  name: string;
  /** Policy of steering, or `auto`. */
  steer: string;
  /** Longest turn of a loop before its queue is rescued, in milliseconds; 0: never. */
  rescueAfterMs: number;
  supervisor: SupervisorSettings;
  worker: WorkerSettings;
  launch: Launch;
  /** Share addresses with sockets that are not ours. */
  join: boolean;
}

export interface MasterEnd {
  code: number;
  error: { code: string; message: string } | null;
}
