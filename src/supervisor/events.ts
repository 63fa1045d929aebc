/** What happens to the supervisor, and what it decides to do: the two vocabularies around `transition`. */
import type { DrainReason } from '../channel/messages.js';
import type { ErrorCode } from '../errors.js';

export type SupervisorEvent =
  | { type: 'start' }
  | { type: 'spawned'; worker: number; pid: number }
  | { type: 'worker-ready'; worker: number }
  /** The worker asked to be replaced. */
  | { type: 'worker-retires'; worker: number }
  | { type: 'worker-exited'; worker: number; code: number | null; signal: string | null; error: string | null }
  | { type: 'ready-overdue'; worker: number }
  | { type: 'drain-overdue'; worker: number }
  | { type: 'backoff-over'; slot: number }
  | { type: 'reload'; request: string }
  | { type: 'scale'; workers: number; request: string }
  /** One worker more or less, TTIN and TTOU. */
  | { type: 'scale-by'; workers: number; request: string }
  | { type: 'stop'; mode: 'graceful' | 'quick'; request: string };

export type RequestResult =
  { ok: true; fields: Record<string, number> } | { ok: false; code: ErrorCode; message: string };

export type Effect =
  | { type: 'spawn'; worker: number; slot: number; generation: number }
  | { type: 'drain'; worker: number; reason: DrainReason; graceMs: number }
  | { type: 'signal'; worker: number; signal: 'SIGINT' | 'SIGKILL' }
  /** One timer per name; arming it again replaces it. */
  | { type: 'arm'; timer: string; afterMs: number; event: SupervisorEvent }
  | { type: 'disarm'; timer: string }
  | { type: 'answer'; request: string; result: RequestResult }
  | { type: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; event: string; message: string; fields: LogFields }
  | { type: 'exit'; code: number; error: { code: ErrorCode; message: string } | null };

export type LogFields = Record<string, string | number | null>;
