/** As many event loops: as processes, and as threads of fewer processes. */
import { shortFigure } from '../../report/short-figure.js';
import { rivalNamed } from '../../steering/rivals.js';
import type { Measurement } from '../../steering/scenario.js';
import { measureStall } from '../../steering/scenarios/stall.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { measureThroughput } from '../../steering/throughput.js';
import { allOf, medianOf, nothingSaid, present, ratioOf, valuesOf } from '../judging.js';
import { MEMORY, memoryMegabytes } from '../memory.js';
import { CPU_MICROS, MAX_MS, P99_MS, RATE } from '../metrics.js';
import { roundsOf, secondsOf } from '../scenario.js';
import type { LabPlan, LabScenario } from '../scenario.js';

const LOOPS = 4;
const CONNECTIONS = 64;
const STALL_RATE_PER_SECOND = 500;
const FULL_SPEED = 'full speed';
const STALL = 'one loop after the other stuck';

const shape = (threads: number): string => `auto@threads=${threads}`;
const PROCESSES = shape(1);
const SHAPES = [PROCESSES, shape(2), shape(LOOPS)];
const TITLES: Readonly<Record<string, string>> = {
  [PROCESSES]: `${LOOPS} processes`,
  [shape(2)]: '2 processes of 2 threads',
  [shape(LOOPS)]: `1 process of ${LOOPS} threads`,
};

const seconds = (plan: LabPlan): number => secondsOf(plan, 5, 1);

/** The memory is that of servers which have just worked. */
async function atFullSpeed(server: SteeringServer, durationMs: number): Promise<Measurement> {
  const options = { connections: CONNECTIONS, durationMs };
  const { ratePerSecond, cpuMicros, load } = await measureThroughput(server, options);
  const numbers = {
    [RATE.key]: ratePerSecond,
    [CPU_MICROS.key]: cpuMicros,
    [MEMORY.key]: memoryMegabytes(server),
  };
  return { latency: null, numbers, loads: [load] };
}

const SIMILAR = 1.25;
/** A block is 300 ms: who waits for so much of it was not taken out of the queue of the stuck loop. */
const STUCK_MS = 100;

export const threads: LabScenario = {
  name: 'threads',
  title: 'Event loops as processes, or as threads',
  baseline: PROCESSES,
  ownRivals: {
    rivalNamed,
    describeRival: (name) => ({
      name,
      title: TITLES[name] ?? name,
      family: 'ours',
      runtime: `Node ${process.versions.node}`,
    }),
  },
  rivals: ({ quick }) => (quick ? [PROCESSES, shape(LOOPS)] : SHAPES),
  metrics: [CPU_MICROS, RATE, MEMORY, P99_MS, MAX_MS],
  charts: [
    { kind: 'bars', title: 'Memory of all processes after the load', metric: MEMORY.key },
    { kind: 'bars', title: 'At full speed: new connections per second', metric: RATE.key },
    { kind: 'percentiles', title: 'How long a new connection waited while loops were stuck' },
  ],
  aboutSeconds: (plan) => 2 * seconds(plan) + 2.5,
  experiment: (plan) => ({
    name: 'threads',
    question: `What changes when ${LOOPS} event loops are threads of fewer processes (--threads)?`,
    expected:
      'Little: to the kernel and to steering each loop is a worker with a listener of its own, so a connection costs the ' +
      `same within a quarter, and hardly anybody waits for a stuck loop (p99 below ${STUCK_MS} ms of the 300 that it stands ` +
      'still). Memory is less with fewer processes, but each thread still has its own heap.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 1_000,
    variants: () => [
      { name: FULL_SPEED, workers: LOOPS, measure: (server) => atFullSpeed(server, seconds(plan) * 1_000) },
      {
        name: STALL,
        workers: LOOPS,
        measure: (server) => measureStall(server, STALL_RATE_PER_SECOND, seconds(plan) * 1_000),
      },
    ],
  }),
  judge(samples) {
    const full = samples.filter(({ variant }) => variant === FULL_SPEED);
    const memory = SHAPES.map((rival) => medianOf(full, { rival, key: MEMORY.key }));
    const list = SHAPES.flatMap((rival, index) => {
      const size = memory[index];
      return size === undefined ? [] : [`${TITLES[rival]} ${shortFigure(size)} MB`];
    });
    if (list.length === 0) return nothingSaid;
    const [whole, ...fewer] = memory;
    const costs = SHAPES.slice(1).map((rival) => ratioOf(full, { rival, key: CPU_MICROS.key }, PROCESSES));
    const tails = present(samples, SHAPES).flatMap((rival) =>
      valuesOf(samples, { rival, key: P99_MS.key, variant: STALL }),
    );
    const worst = tails.length === 0 ? '' : `; p99 beside stuck loops at most ${shortFigure(Math.max(...tails))} ms`;
    return {
      asExpected: allOf([
        ...fewer.map((size) => (size === undefined || whole === undefined ? undefined : size < whole)),
        ...costs.map((ratio) => (ratio === undefined ? undefined : ratio < SIMILAR && ratio > 1 / SIMILAR)),
        ...tails.map((ms) => ms < STUCK_MS),
      ]),
      finding: `Memory: ${list.join(', ')}${worst}.`,
    };
  },
};
