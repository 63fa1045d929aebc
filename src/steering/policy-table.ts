/** Every policy by its name: what it is, what it needs, and how its program chooses. */
import { ReuseportError } from '../errors.js';
import type { ClassicSource } from './classic.js';
import { idle } from './policies/idle.js';
import { cpu, hash, leastConnections, leastPending, randomChoice, roundRobin, twoChoice } from './policies/simple.js';
import { sticky } from './policies/sticky.js';
import { weighted } from './policies/weighted.js';
import type { PolicyName } from './policy-names.js';
import { buildProgram, type Choose, type ProgramInput } from './program.js';

export interface Policy {
  name: PolicyName;
  meaning: string;
  /** How an eBPF program chooses; null where there is none. */
  choose: Choose | null;
  /** What a classic program chooses by where eBPF is not allowed; null: the policy needs CAP_BPF. */
  classic: ClassicSource | null;
  /** Must a busy loop keep its own connections: no rescue while it merely works. */
  keepsClients: boolean;
}

const rows: Policy[] = [
  {
    name: 'hash',
    meaning: "the kernel's hash of addresses and ports, over the slots that can take a connection",
    choose: hash,
    classic: 'hash',
    keepsClients: false,
  },
  { name: 'random', meaning: 'any slot, by chance', choose: randomChoice, classic: 'random', keepsClients: false },
  {
    name: 'cpu',
    meaning: 'by the processor that handles the packet',
    choose: cpu,
    classic: 'cpu',
    keepsClients: false,
  },
  { name: 'round-robin', meaning: 'one after the other', choose: roundRobin, classic: null, keepsClients: false },
  {
    name: 'least-connections',
    meaning: 'the slot with the fewest open and waiting connections',
    choose: leastConnections,
    classic: null,
    keepsClients: false,
  },
  {
    name: 'least-pending',
    meaning: 'the slot with the fewest connections that wait to be accepted',
    choose: leastPending,
    classic: null,
    keepsClients: false,
  },
  {
    name: 'two-choice',
    meaning: 'the less loaded of two slots drawn at random',
    choose: twoChoice,
    classic: null,
    keepsClients: false,
  },
  {
    name: 'idle',
    meaning: 'a slot whose event loop waits for work, the one with the fewest connections first',
    choose: idle,
    classic: null,
    keepsClients: false,
  },
  {
    name: 'weighted',
    meaning: 'in proportion to the weights, evenly spread in time',
    choose: weighted,
    classic: null,
    keepsClients: false,
  },
  { name: 'sticky', meaning: 'by the address of the client', choose: sticky(), classic: null, keepsClients: true },
  {
    name: 'adaptive',
    meaning:
      'without privilege: any slot that is not stuck, by a classic program that is attached anew when that changes',
    choose: null,
    classic: 'random',
    keepsClients: false,
  },
];

export const POLICIES: ReadonlyMap<string, Policy> = new Map(rows.map((policy) => [policy.name as string, policy]));

export function policyNamed(name: string): Policy {
  const policy = POLICIES.get(name);
  if (policy !== undefined) return policy;
  const known = [...POLICIES.keys()].join(', ');
  throw new ReuseportError('ERR_CONFIG_INVALID', `steer: there is no policy ${JSON.stringify(name)}. Known: ${known}`);
}

/** The eBPF program of a policy that has one. Migrations go to the slot with the least waiting, under every policy. */
export function policyProgram(choose: Choose, input: ProgramInput): Uint8Array {
  return buildProgram(input, choose, leastPending);
}
