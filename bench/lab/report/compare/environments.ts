import type { LabResult, LabWarning } from '../../result.js';

type Environment = LabResult['environment'];

/** What figures depend on. The load before a run is told by that run's own warnings. */
const compared: readonly (readonly [keyof Environment, string])[] = [
  ['cpuModel', 'processor'],
  ['cores', 'cores'],
  ['architecture', 'architecture'],
  ['memoryBytes', 'memory'],
  ['kernel', 'kernel'],
  ['governor', 'governor'],
  ['somaxconn', 'somaxconn'],
  ['congestionControl', 'congestion control'],
  ['timeWaitBuckets', 'tcp_max_tw_buckets'],
  ['nodeVersion', 'Node'],
  ['packageVersion', 'reuseport'],
];

const remedy = 'What differs here may make the difference: compare runs of one machine that differ in one thing only.';

export function environmentWarnings(results: readonly LabResult[]): LabWarning[] {
  const [first, ...others] = results;
  if (first === undefined) return [];
  const ofEnvironment = compared.flatMap(([key, name]) => {
    const values = results.map(({ environment }) => String(environment[key] ?? 'unknown'));
    return new Set(values).size === 1 ? [] : [`${name}: ${values.join(' | ')}`];
  });
  const length = others.some(({ quick }) => quick !== first.quick)
    ? [`rounds: ${results.map(({ quick }) => (quick ? 'quick' : 'full')).join(' | ')}`]
    : [];
  const unfinished = results.flatMap(({ finishedAt }, run) =>
    finishedAt === null ? [`run ${run + 1} did not finish`] : [],
  );
  return [
    ...[...ofEnvironment, ...length].map((detail) => ({ reason: 'different-environments', detail, remedy })),
    ...unfinished.map((detail) => ({ reason: 'unfinished', detail, remedy: 'Measure it again to its end.' })),
  ];
}
