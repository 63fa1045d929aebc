/** What took the slots of workers that had died. Pure. */

export type Succession =
  /** A spare was ready. */
  | 'spare'
  /** A process was started at once. */
  | 'new process'
  /** Nothing at once: the slot's workers had died too often lately. */
  | 'back-off';

/** A line of the master's log, as far as it is needed here. */
export interface LogEvent {
  event?: string;
  slot?: number | null;
  workerPid?: number | null;
}

const ENTERED_BY: ReadonlyMap<string | undefined, Succession> = new Map([
  ['spare-used', 'spare'],
  ['worker-started', 'new process'],
  ['worker-backoff', 'back-off'],
  ['crash-loop', 'back-off'],
]);

/** By the pid of the worker that died. */
export function successionsOf(events: Iterable<LogEvent>): Map<number, Succession> {
  const successions = new Map<number, Succession>();
  const empty = new Map<number, number>();
  for (const { event, slot, workerPid } of events) {
    if (typeof slot !== 'number') continue;
    if (event === 'worker-exited' && typeof workerPid === 'number') empty.set(slot, workerPid);
    const succession = ENTERED_BY.get(event);
    const dead = empty.get(slot);
    if (succession === undefined || dead === undefined) continue;
    successions.set(dead, succession);
    empty.delete(slot);
  }
  return successions;
}

/** Lines that are no JSON, a stack of Node's for instance, are passed over. */
export function* eventsIn(log: string): Generator<LogEvent> {
  for (const line of log.split('\n')) {
    if (!line.startsWith('{')) continue;
    try {
      yield JSON.parse(line) as LogEvent;
    } catch {
      continue; // cut off by the death of its writer
    }
  }
}
