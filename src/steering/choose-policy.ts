/** Which policy is used, and why: pure. */
import { ReuseportError } from '../errors.js';
import type { Capabilities } from './capabilities.js';
import type { Vehicle } from './group.js';
import { policyNamed } from './policy-table.js';

export interface Choice {
  asked: string;
  used: string;
  why: string;
  vehicle: Vehicle;
  /** A busy loop keeps the connections that are queued for it: no rescue while it merely works. */
  keepsClients: boolean;
}

const PINNED = 'pinned:';
const HOW = 'Use "adaptive", or give the master CAP_BPF (systemd: AmbientCapabilities=CAP_BPF).';

/**
 * The best that the machine allows for `auto`; what was asked for otherwise, in its classic form where that exists and eBPF
 * is not allowed. @throws ReuseportError ERR_STEERING_DENIED when the policy needs what the machine denies;
 * ERR_CONFIG_INVALID for an unknown name.
 */
export function choosePolicy(asked: string, allowed: Capabilities, shared = false): Choice {
  if (shared && (asked === 'auto' || asked === 'hash')) {
    return plainHash(asked, 'the port is shared with others, who are to get their part');
  }
  if (asked === 'auto') return chooseBest(allowed);
  if (asked.startsWith(PINNED)) {
    if (!allowed.ebpf.ok) throw denied(asked, allowed);
    const vehicle = { kind: 'pinned', path: asked.slice(PINNED.length) } as const;
    return { asked, used: asked, why: 'as asked', vehicle, keepsClients: false };
  }
  const { name, choose, classic, keepsClients } = policyNamed(asked);
  if (choose !== null && allowed.ebpf.ok && allowed.page.ok) {
    const vehicle = { kind: 'ebpf', choose, migrate: allowed.migrate.ok } as const;
    return { asked, used: name, why: 'as asked', vehicle, keepsClients };
  }
  if (name === 'hash' && !allowed.classic.ok) return plainHash(asked, 'as asked');
  if (classic === null || !allowed.classic.ok) throw denied(asked, allowed);
  const why = choose === null ? 'as asked' : `as asked; by classic BPF, because eBPF is denied (${reason(allowed)})`;
  return { asked, used: name, why, vehicle: { kind: 'classic', source: classic }, keepsClients };
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

function plainHash(asked: string, why: string): Choice {
  return { asked, used: 'hash', why, vehicle: { kind: 'none' }, keepsClients: false };
}

function reason({ ebpf, page }: Capabilities): string {
  return ebpf.why ?? page.why ?? 'unknown';
}

function denied(asked: string, allowed: Capabilities): ReuseportError {
  const message = `policy "${asked}": loading the program needs CAP_BPF (${reason(allowed)}). ${HOW}`;
  return new ReuseportError('ERR_STEERING_DENIED', message, { fields: { policy: asked } });
}
