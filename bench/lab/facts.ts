import type { Failures } from '../load/loadgen.js';
import type { LineReport } from '../network/delay-line.js';
import type { Difference } from './answers.js';
import type { LabMetric } from './result.js';

/** What a sample can tell about its own worth. A `LabSample` is one; what is left out is not asked. */
export interface Witness {
  variant: string;
  round: number;
  rival: string;
  numbers: Readonly<Record<string, number>>;
  failures: Failures;
  /** Of one core. */
  clientCpuShare: number;
  stealShare: number;
  listenOverflows: number;
  /** How late an open loop was at the 99th percentile of its requests. */
  clientLagP99Ms?: number;
  /** A closed loop had no time left; else it is told by `clientCpuShare`. */
  clientSaturated?: boolean;
  /** Time that the generator was ready to run and had no core, of the time that the load took. */
  clientWaitShare?: number;
  /** CPU of the process that was started first, of one core; only where that is a master of ours. */
  masterCpuShare?: number;
  /** Processes appeared or went during the load. */
  processesChanged?: boolean;
  /** Its answer was not that of the first rival, byte for byte. */
  responseDiffers?: boolean;
  /** The warm-up had time for all its requests. */
  warmedUp?: boolean;
  /** Workers that accepted something, and how many there were. */
  workers?: { accepted: number; started: number };
}

/** `impossible`: fewer cores than what has to run apart, or not allowed. */
export type Pinning = 'pinned' | 'unpinned' | 'impossible';

/** What is known about the run or the scenario as a whole. */
export interface RunFacts {
  cores: number;
  /** Before the run. */
  loadAverage1: number;
  /** Spread and drift are looked for in these. */
  metrics: readonly Pick<LabMetric, 'key' | 'title' | 'better'>[];
  /** A median of fewer rounds is doubtful; 5 when left out. */
  roundsWanted?: number;
  /** Threads or processes of the load generator together; 1 when left out. */
  clientThreads?: number;
  pinning?: Pinning;
  /** As cpufreq names it. */
  governor?: string;
  /** Failed requests are what the scenario measures, and no defect of it. */
  failuresAreMeant?: boolean;
  /** What of a rival's answers differs from the first one's, where that is not told by the samples. */
  differences?: ReadonlyMap<string, Difference>;
  line?: LineReport | undefined;
}
