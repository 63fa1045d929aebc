/** The end of one loop of a worker that has several. */
import { type Draft, fieldsOf, nameOf } from './draft.js';
import { LOOP_LOST_MS } from './state.js';

/** In a drain each loop ends in its own time. Otherwise its process, which is to end with it, is given a moment. */
export function onLoopEnded(draft: Draft, id: number, thread: number): void {
  const worker = draft.worker(id);
  if (worker === undefined || worker.endedThreads.includes(thread)) return;
  worker.endedThreads.push(thread);
  if (worker.end !== null) return;
  const message = `thread ${thread} of ${nameOf(worker)} has ended: the worker ends with it`;
  draft.log('debug', 'loop-ended', message, { ...fieldsOf(worker), thread });
  draft.arm(`lost:${id}`, LOOP_LOST_MS, { type: 'loop-lost', worker: id });
}

/** Its main thread is busy, or held up by the program. That it ends was not wanted, so no reason is put down for it. */
export function onLoopLost(draft: Draft, id: number): void {
  const worker = draft.worker(id);
  if (worker === undefined || worker.end !== null) return;
  draft.log('warn', 'worker-killed', `${nameOf(worker)} did not end with its thread and is killed`, fieldsOf(worker));
  draft.effects.push({ type: 'signal', worker: id, signal: 'SIGKILL' });
}
