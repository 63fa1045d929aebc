/** What happens to the supervisor, and what it decides to do: the two vocabularies around `transition`. */
import type { DrainReason } from '../channel/messages.js';
import type { Happening } from '../hooks/hooks.js';
import type { ErrorCode } from '../errors.js';
import type { SizeChange } from './state.js';

export type SupervisorEvent =
  /**
   * `request` is answered when workers that were taken over have been replaced, at once where there are none. `workers`:
   * default as configured. `sizeChange`: the newest one, under the master before.
   */
  | { type: 'start'; request?: string; workers?: number; sizeChange?: SizeChange | null }
  /** Workers of another master are under this one now, from the oldest of each slot to the newest. Before `start`. */
  | { type: 'taken-over'; workers: TakenOverWorker[] }
  | { type: 'spawned'; worker: number; pid: number }
  | { type: 'worker-ready'; worker: number }
  /** Its loop does not turn any more. `because` ends with where it is; `stack` is null where there is no JavaScript. */
  | { type: 'worker-hung'; worker: number; because: string; stack: string | null }
  /** A worker without a slot has asked to listen. */
  | { type: 'spare-loaded'; worker: number }
  /** The worker has reached a limit, or asked to be replaced. */
  | { type: 'worker-spent'; worker: number; because: string }
  /** One of its loops is gone, and its process is not. */
  | { type: 'loop-ended'; worker: number; thread: number }
  | { type: 'loop-lost'; worker: number }
  | { type: 'worker-exited'; worker: number; code: number | null; signal: string | null; error: string | null }
  | { type: 'ready-overdue'; worker: number }
  | { type: 'drain-overdue'; worker: number }
  | { type: 'backoff-over'; slot: number }
  | { type: 'spare-backoff-over' }
  | { type: 'reload'; request: string }
  | { type: 'scale'; workers: number; request: string }
  /** The load asks for another number of workers. */
  | { type: 'resize'; workers: number; why: string; figures: LogFields }
  /** One worker more or less, TTIN and TTOU. */
  | { type: 'scale-by'; workers: number; request: string }
  | { type: 'stop'; mode: 'graceful' | 'quick'; request: string };

export interface TakenOverWorker {
  worker: number;
  slot: number;
  generation: number;
  pid: number;
  state: 'ready' | 'draining';
  endedThreads: number[];
}

export type RequestResult =
  { ok: true; fields: Record<string, number> } | { ok: false; code: ErrorCode; message: string };

export type Effect =
  | { type: 'spawn'; worker: number; slot: number; generation: number }
  /** A spare is given its slot. */
  | { type: 'assign'; worker: number; slot: number }
  | { type: 'drain'; worker: number; reason: DrainReason; graceMs: number }
  | { type: 'signal'; worker: number; signal: 'SIGINT' | 'SIGKILL' }
  /** One timer per name; arming it again replaces it. */
  | { type: 'arm'; timer: string; afterMs: number; event: SupervisorEvent }
  | { type: 'disarm'; timer: string }
  | { type: 'answer'; request: string; result: RequestResult }
  | { type: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; event: string; message: string; fields: LogFields }
  /** For the hooks of the config file. */
  | { type: 'happened'; happening: Happening }
  | { type: 'exit'; code: number; error: { code: ErrorCode; message: string } | null };

export type LogFields = Record<string, string | number | null>;
