import { inProject } from '../../paths.js';
import { programRuns } from '../program-runs.js';
import { programRival } from '../rivals.js';
import type { Measurement, Scenario, SteeringPlan } from '../scenario.js';
import type { SteeringServer } from '../steering-server.js';

const SLOTS = [2, 8, 16, 32, 64];
const CONNECTIONS_AT_ONCE = 32;

async function measureProgram(server: SteeringServer, connections: number): Promise<Measurement> {
  const before = programRuns(server.process.rootPid);
  const load = await server.load({ count: connections, connections: CONNECTIONS_AT_ONCE });
  const after = programRuns(server.process.rootPid);
  if (before === undefined || after === undefined) throw new Error('programs: the process holds no kernel program');
  const runs = after.runs - before.runs;
  const numbers = {
    'ns/run': runs === 0 ? Number.NaN : (after.runNs - before.runNs) / runs,
    'runs/conn': runs / load.completed,
    'slots used': Object.keys(load.connectionsBy).length,
  };
  return { latency: null, numbers, loads: [load] };
}

export function programs(plan: SteeringPlan): Scenario {
  const connections = plan.quick ? 2_000 : 20_000;
  return {
    name: 'programs',
    question: 'How long does the kernel program of a policy run for a connection, by the number of slots?',
    expected:
      'Select or round robin about 120 ns, a scan 155 ns at 8 slots to 230 ns at 63 (with two clock reads that the ' +
      'counting itself takes), of 25 to 28 µs for a whole loopback connection; one run for each connection.',
    others: [],
    policies: ['hash', 'round-robin', 'two-choice', 'least-pending', 'idle', 'weighted', 'sticky'],
    rivalNamed: (name) =>
      programRival(name, inProject('dist', 'bench', 'steering', 'program-server.js'), { BENCH_POLICY: name }),
    rounds: plan.rounds,
    warmupRequests: 20,
    variants: () =>
      SLOTS.map((slots) => ({
        name: `${slots} slots`,
        x: slots,
        workers: slots,
        measure: (server) => measureProgram(server, connections),
      })),
  };
}
