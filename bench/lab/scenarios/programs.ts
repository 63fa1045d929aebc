/** The kernel's own account of its programs. */
import { closeSync } from 'node:fs';
import { loadAddon } from '../../../src/native/load.js';
import { probeCapabilities } from '../../../src/steering/capabilities.js';
import { programs as steeringPrograms } from '../../steering/scenarios/programs.js';
import { allOf, listed, nothingSaid, present, valuesOf } from '../judging.js';
import { CPU_MICROS } from '../metrics.js';
import type { LabMetric } from '../result.js';
import { roundsOf, steeringPlan } from '../scenario.js';
import type { LabPlan, LabScenario } from '../scenario.js';

const NS: LabMetric = { key: 'ns/run', title: 'one run of the program', unit: 'ns', better: 'less' };
const RUNS: LabMetric = { key: 'runs/conn', title: 'runs for each connection', unit: '', better: 'neither' };
const USED: LabMetric = { key: 'slots used', title: 'slots that got a connection', unit: '', better: 'neither' };

/** Of the CPU that the server takes for a connection. */
const LITTLE = 0.05;
const QUICK_SLOTS = new Set([2, 64]);

/** Why the kernel does not count here, or has no programs; undefined: it does. */
function whyNoStats(): string | undefined {
  const addon = loadAddon();
  const { ebpf, page } = probeCapabilities(addon);
  if (!ebpf.ok || !page.ok) return `programs in the kernel need CAP_BPF (${ebpf.why ?? page.why})`;
  try {
    closeSync(addon.bpfEnableStats());
    return undefined;
  } catch (error) {
    return `run times of kernel programs need CAP_SYS_ADMIN (${(error as Error).message})`;
  }
}

const EXPECTED =
  'Well below a microsecond where little is looked at, more with each slot that is: but always less than 5 % of the CPU ' +
  'that the server takes for the connection. One run for each connection.';

const scenarioOf = (plan: LabPlan) => steeringPrograms(steeringPlan(plan, 1, roundsOf(plan, 1)));
const { policies, rivalNamed } = scenarioOf({ quick: false, rounds: undefined, seconds: undefined });

export const programs: LabScenario = {
  name: 'programs',
  title: 'What a choice costs in the kernel',
  baseline: null,
  // One process that is the whole group: nothing but the policy of a rival counts here.
  ownRivals: {
    rivalNamed: (name) => rivalNamed?.(name) ?? { name, controlled: false, uid: undefined, command: () => 'no policy' },
    describeRival: (name) => ({ name, title: `reuseport --steer ${name}`, family: 'ours' }),
  },
  rivals: ({ quick }) => (quick ? ['hash', 'idle'] : policies),
  metrics: [NS, RUNS, CPU_MICROS, USED],
  charts: [{ kind: 'lines', title: 'One run of the program', metric: NS.key, x: 'slots' }],
  aboutSeconds: ({ quick }) => (quick ? 4 : 20),
  experiment(plan) {
    const scenario = scenarioOf(plan);
    const variants = () => scenario.variants().filter(({ x = 0 }) => !plan.quick || QUICK_SLOTS.has(x));
    return { ...scenario, expected: EXPECTED, variants, lacks: whyNoStats };
  },
  judge(samples) {
    const most = Math.max(...samples.map(({ x = 0 }) => x));
    const widest = samples.filter(({ x }) => x === most);
    const list = listed(widest, policies, { key: NS.key }, 'ns');
    if (list === '') return nothingSaid;
    const rivals = present(samples, policies);
    const little = samples.map(({ numbers }) => {
      const [ns = Number.NaN, micros = Number.NaN] = [numbers[NS.key], numbers[CPU_MICROS.key]];
      return ns < LITTLE * micros * 1_000;
    });
    const once = rivals.flatMap((rival) => valuesOf(samples, { rival, key: RUNS.key })).map((runs) => runs < 1.1);
    return { asExpected: allOf([...little, ...once]), finding: `One run with ${most} slots: ${list}.` };
  },
};
