/** Readings → rows: pure, and the only place that says what is good and what is not. */
import { type Facts, factsOf } from './facts.js';
import { judgeFlowSteering, judgeOpenFiles, judgeReceiveQueues, judgeWorkers } from './judge-host.js';
import { judgeMigrateReq, judgeMigration, judgeWakeup } from './judge-migration.js';
import { judgePool } from './judge-pool.js';
import { judgeSomaxconn, judgeSynBacklog, judgeSynCookies } from './judge-queues.js';
import { judgeCapBpf } from './judge-rights.js';
import { judgeClassic, judgeEbpf, judgeIncomingCpu, judgeLoopProbe, judgePage } from './judge-steering.js';
import type { Readings } from './readings.js';
import { CHECK_IDS, type CheckId, type CheckRow, type Judgement } from './rows.js';

const JUDGES: Record<CheckId, (facts: Facts) => Judgement> = {
  'cap-bpf': judgeCapBpf,
  ebpf: judgeEbpf,
  'shared-page': judgePage,
  migration: judgeMigration,
  'migration-wakeup': judgeWakeup,
  'classic-bpf': judgeClassic,
  'incoming-cpu': judgeIncomingCpu,
  'loop-probe': judgeLoopProbe,
  somaxconn: judgeSomaxconn,
  'tcp-max-syn-backlog': judgeSynBacklog,
  'tcp-syncookies': judgeSynCookies,
  'tcp-migrate-req': judgeMigrateReq,
  'open-files': judgeOpenFiles,
  'receive-queues': judgeReceiveQueues,
  'receive-flow-steering': judgeFlowSteering,
  workers: judgeWorkers,
  pool: judgePool,
};

export interface Verdict {
  /** What `--steer auto` would use here, and why. */
  steer: Facts['choice'];
  rows: CheckRow[];
}

export function judge(readings: Readings): Verdict {
  const facts = factsOf(readings);
  return { steer: facts.choice, rows: CHECK_IDS.map((id) => ({ id, ...JUDGES[id](facts) })) };
}
