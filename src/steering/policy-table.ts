/** Every policy by its name: what it is, what it needs, and how its program chooses. */
import type { ClassicSource } from './classic.js';
import { idle } from './policies/idle.js';
import { cpu, hash, leastConnections, leastPending, randomChoice, roundRobin, twoChoice } from './policies/simple.js';
import { sticky } from './policies/sticky.js';
import { weighted } from './policies/weighted.js';
import { type PolicyName, STICKY_DEFAULTS } from './policy-text.js';
import type { Choose } from './program.js';

export interface Policy {
  meaning: string;
  /** How an eBPF program chooses; null where there is none. `sticky` has one for each choice of prefixes. */
  choose: Choose | null;
  /** What a classic program chooses by where eBPF is not allowed; null: the policy needs CAP_BPF. */
  classic: ClassicSource | null;
  /** Must a busy loop keep its own connections: no rescue while it merely works. */
  keepsClients: boolean;
}

export const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  hash: {
    meaning: "the kernel's hash of addresses and ports, over the slots that can take a connection",
    choose: hash,
    classic: 'hash',
    keepsClients: false,
  },
  random: { meaning: 'any slot, by chance', choose: randomChoice, classic: 'random', keepsClients: false },
  cpu: { meaning: 'by the processor that handles the packet', choose: cpu, classic: 'cpu', keepsClients: false },
  'round-robin': { meaning: 'one after the other', choose: roundRobin, classic: null, keepsClients: false },
  'least-connections': {
    meaning: 'the slot with the fewest open and waiting connections',
    choose: leastConnections,
    classic: null,
    keepsClients: false,
  },
  'least-pending': {
    meaning: 'the slot with the fewest connections that wait to be accepted',
    choose: leastPending,
    classic: null,
    keepsClients: false,
  },
  'two-choice': {
    meaning: 'the less loaded of two slots drawn at random',
    choose: twoChoice,
    classic: null,
    keepsClients: false,
  },
  idle: {
    meaning: 'a slot whose event loop waits for work, the one with the fewest connections first',
    choose: idle,
    classic: null,
    keepsClients: false,
  },
  weighted: {
    meaning: 'in proportion to the weights, evenly spread in time',
    choose: weighted,
    classic: null,
    keepsClients: false,
  },
  sticky: {
    meaning: 'by the address of the client',
    choose: sticky(STICKY_DEFAULTS),
    classic: null,
    keepsClients: true,
  },
  adaptive: {
    meaning:
      'without privilege: any slot that is not stuck, by a classic program that is attached anew when that changes',
    choose: null,
    classic: 'random',
    keepsClients: false,
  },
};
