/** How a worker's descendants are known for what they are, whatever session they are in: a variable that they inherit. */
import { randomBytes } from 'node:crypto';

/** `<service>/<random>` in a worker's own environment, `<service>/<random>/<pid of the worker>` in what it starts. */
export { MARK_VARIABLE } from '../worker/names.js';

export function newMark(service: string): string {
  return `${service}/${randomBytes(8).toString('hex')}`;
}

export interface Mark {
  /** As the worker itself has it. */
  mark: string;
  /** The worker's. */
  pid: number;
}

/** null for the mark of another service, or of a worker itself. */
export function parseMark(text: string, service: string): Mark | null {
  const [of, random = '', pid = ''] = text.split('/');
  if (of !== service || !/^[0-9a-f]{16}$/.test(random) || !/^[1-9][0-9]*$/.test(pid)) return null;
  return { mark: `${of}/${random}`, pid: Number(pid) };
}
