/** Which policy is used, and why: pure. */
import { ReuseportError } from '../errors.js';
import type { Capabilities } from './capabilities.js';
import type { Vehicle } from './group.js';
import { sticky } from './policies/sticky.js';
import { POLICIES } from './policy-table.js';
import { formatPolicy, parsePolicy, type PolicyProblem } from './policy-text.js';

/** As {@link Vehicle}; the folder of a pinned program is not opened yet. */
export type PlannedVehicle = Exclude<Vehicle, { kind: 'pinned' }> | { kind: 'pinned'; path: string };

export interface Choice {
  asked: string;
  used: string;
  why: string;
  vehicle: PlannedVehicle;
  /** Of slots 0, 1, …; a slot without one has 1. */
  weights: readonly number[];
  /** A busy loop keeps the connections that are queued for it: no rescue while it merely works. */
  keepsClients: boolean;
}

const HOW = 'Use "adaptive", or give the master CAP_BPF (systemd: AmbientCapabilities=CAP_BPF).';

/**
 * The best that the machine allows for `auto`; what was asked for otherwise, in its classic form where that exists and eBPF
 * is not allowed. @throws ReuseportError ERR_STEERING_DENIED when the policy needs what the machine denies;
 * ERR_CONFIG_INVALID for what is no policy.
 */
export function choosePolicy(text: string, allowed: Capabilities, shared = false): Choice {
  const asked = parsePolicy(text);
  if ('problem' in asked) throw invalid(text, asked);
  if (shared && (asked.name === 'auto' || asked.name === 'hash')) {
    return plainHash(text, 'the port is shared with others, who are to get their part');
  }
  if (asked.name === 'auto') return chooseBest(allowed);
  const choice = { asked: text, used: formatPolicy(asked), weights: [], keepsClients: false };
  if (asked.name === 'pinned') {
    if (!allowed.ebpf.ok || !allowed.page.ok) throw denied(text, allowed);
    return { ...choice, why: 'as asked', vehicle: { kind: 'pinned', path: asked.path } };
  }
  const { classic, keepsClients } = POLICIES[asked.name];
  const choose = asked.name === 'sticky' ? sticky(asked) : POLICIES[asked.name].choose;
  const weights = asked.name === 'weighted' ? asked.weights : [];
  if (choose !== null && allowed.ebpf.ok && allowed.page.ok) {
    const vehicle = { kind: 'ebpf', name: choice.used, choose, migrate: allowed.migrate.ok } as const;
    return { ...choice, why: 'as asked', vehicle, weights, keepsClients };
  }
  if (asked.name === 'hash' && !allowed.classic.ok) return plainHash(text, 'as asked');
  if (classic === null || !allowed.classic.ok) throw denied(text, allowed);
  const why = choose === null ? 'as asked' : `as asked; by classic BPF, because eBPF is denied (${reason(allowed)})`;
  return { ...choice, why, vehicle: { kind: 'classic', source: classic }, keepsClients };
}

function chooseBest(allowed: Capabilities): Choice {
  const asked = 'auto';
  if (allowed.ebpf.ok && allowed.page.ok) {
    return { ...choosePolicy('idle', allowed), asked, why: 'the best policy, and eBPF is allowed' };
  }
  const denial = `eBPF is denied: ${reason(allowed)}`;
  if (allowed.classic.ok) return { ...choosePolicy('adaptive', allowed), asked, why: denial };
  return plainHash(asked, `${denial}; classic BPF: ${allowed.classic.why}`);
}

/** The next best thing, where the kernel has refused the program of a policy that it seemed to allow. */
export function chooseWithoutProgram({ asked, used }: Choice, refusal: string, allowed: Capabilities): Choice {
  const why = `${used} is refused: ${refusal}`;
  return allowed.classic.ok ? { ...choosePolicy('adaptive', allowed), asked, why } : plainHash(asked, why);
}

function plainHash(asked: string, why: string): Choice {
  return { asked, used: 'hash', why, vehicle: { kind: 'none' }, weights: [], keepsClients: false };
}

function reason({ ebpf, page }: Capabilities): string {
  return ebpf.why ?? page.why ?? 'unknown';
}

function invalid(text: string, { expected, problem }: PolicyProblem): ReuseportError {
  const message = `steer: expected ${expected}, got ${JSON.stringify(text)}: ${problem}`;
  return new ReuseportError('ERR_CONFIG_INVALID', message, { fields: { policy: text } });
}

function denied(asked: string, allowed: Capabilities): ReuseportError {
  const message = `policy "${asked}": loading the program needs CAP_BPF (${reason(allowed)}). ${HOW}`;
  return new ReuseportError('ERR_STEERING_DENIED', message, { fields: { policy: asked } });
}
