/** The control socket's language: one JSON object per line, a request and its answer. */
import type { ErrorCode } from '../errors.js';

export type ControlRequest =
  | { command: 'status' }
  | { command: 'reload' }
  | { command: 'upgrade' }
  | { command: 'stop'; mode: 'graceful' | 'quick' }
  | { command: 'scale'; workers: number }
  | { command: 'steer'; policy: string };

export type ControlAnswer = { ok: true; result: unknown } | { ok: false; code: ErrorCode; message: string };

/** Longest line that either side takes, in bytes. */
export const MAX_LINE_BYTES = 1_048_576;

export function decodeRequest(line: string): ControlRequest | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  if (typeof value !== 'object' || value === null) return 'not an object';
  const { command, mode, workers, policy } = value as Record<string, unknown>;
  switch (command) {
    case 'status':
    case 'reload':
    case 'upgrade':
      return { command };
    case 'stop':
      return mode === 'graceful' || mode === 'quick' ? { command, mode } : 'stop: mode must be "graceful" or "quick"';
    case 'scale':
      if (typeof workers === 'number' && Number.isInteger(workers) && workers >= 1 && workers <= 64) {
        return { command, workers };
      }
      return 'scale: workers must be an integer from 1 to 64';
    case 'steer':
      return typeof policy === 'string' ? { command, policy } : 'steer: policy must be a string';
    default:
      return `unknown command: ${String(command)}`;
  }
}
