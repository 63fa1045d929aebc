import { witnessOf } from '../steering/sample.js';
import type { SteeringSample } from '../steering/sample.js';
import type { Witness } from './facts.js';
import { CPU_MICROS, MAX_MS, P50_MS, P99_MS } from './metrics.js';
import type { LabSample } from './result.js';

/** Of one sample by itself; what is shown of all rounds together comes from their merged histograms. */
function commonNumbers({ latency, serverCpuMicros, completed }: SteeringSample): Record<string, number> {
  const cpu = completed === 0 ? {} : { [CPU_MICROS.key]: serverCpuMicros / completed };
  if (latency === null || latency.count === 0) return cpu;
  const { p50Ns, p99Ns, maxNs } = latency;
  return { ...cpu, [P50_MS.key]: p50Ns / 1e6, [P99_MS.key]: p99Ns / 1e6, [MAX_MS.key]: maxNs / 1e6 };
}

export function labSample(sample: SteeringSample): LabSample {
  const { variant, x, round, rival, place, latency, numbers, timelines, byWorker } = sample;
  const { completed, failures, elapsedNs, clientCpuShare, clientLagP99Ms, stealShare, listenOverflows } = sample;
  return {
    variant,
    ...(x === undefined ? {} : { x }),
    round,
    rival,
    place,
    latency,
    numbers: { ...commonNumbers(sample), ...numbers },
    ...(timelines === undefined ? {} : { timelines }),
    ...(byWorker === undefined ? {} : { byWorker }),
    completed,
    failures,
    elapsedNs,
    clientCpuShare,
    clientLagP99Ms,
    stealShare,
    listenOverflows,
  };
}

/** The status that is asked before a measurement is a larger part of a second than the master may use. */
const MASTER_FROM_NS = 3e9;

/** What a sample says about its own worth. */
export function labWitness(sample: SteeringSample): Witness {
  const { masterCpuShare = 0, ...witness } = { ...witnessOf(sample), numbers: labSample(sample).numbers };
  return sample.steer === null || sample.elapsedNs < MASTER_FROM_NS ? witness : { ...witness, masterCpuShare };
}
