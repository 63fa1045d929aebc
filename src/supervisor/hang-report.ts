import { explainNative } from './hang.js';
import type { Os } from './os.js';
import type { WorkerRecord } from './state.js';

export interface HangReport {
  /** The process that holds the worker (a debugger, strace); 0: none. */
  tracerPid: number;
  /** Where it is: the end of a sentence, without a full stop. */
  where: string;
  /** null where there is no JavaScript. */
  stack: string | null;
}

/** Where a worker is whose loop does not turn. */
export async function reportHang(
  os: Pick<Os, 'processFacts'>,
  worker: WorkerRecord,
  host: { stackOf(worker: number): Promise<string | null>; tidOf(worker: number): number | null },
): Promise<HangReport> {
  const facts = worker.pid === null ? null : os.processFacts(worker.pid, host.tidOf(worker.id) ?? worker.pid);
  const tracerPid = facts?.tracerPid ?? 0;
  // A stopped process answers nothing.
  const answers = tracerPid === 0 && facts?.state !== 'T';
  const stack = answers ? await host.stackOf(worker.id) : null;
  return { tracerPid, where: stack === null ? explainNative(facts) : 'it is in JavaScript', stack };
}
