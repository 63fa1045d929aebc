/** What load balancers and orchestrators ask for. Pure. */
import type { SupervisorState } from '../../supervisor/state.js';
import type { AddressReading } from './reading.js';

export interface Health {
  ok: boolean;
  body: Readonly<Record<string, unknown>>;
}

type Phase = SupervisorState['phase'];

/** Does the master work: whoever answers does. What its workers do is no reason to restart it, because it restarts them. */
export function liveness(phase: Phase): Health {
  return { ok: true, body: { status: 'ok', phase } };
}

/**
 * Are new connections served: on every address by one worker at least. Not any more as soon as a stop has begun, though the
 * requests under way are still answered then.
 */
export function readiness(
  phase: Phase,
  readyWorkers: number,
  addresses: readonly Pick<AddressReading, 'address' | 'readyWorkers'>[],
): Health {
  const why = whyNotReady(phase, readyWorkers, addresses);
  return {
    ok: why.length === 0,
    body: {
      ready: why.length === 0,
      why,
      readyWorkers,
      addresses: addresses.map(({ address, readyWorkers: workers }) => ({ address, readyWorkers: workers })),
    },
  };
}

function whyNotReady(
  phase: Phase,
  readyWorkers: number,
  addresses: readonly Pick<AddressReading, 'address' | 'readyWorkers'>[],
): string[] {
  if (phase !== 'running') return ['the service is stopping'];
  if (readyWorkers === 0) return ['no worker is ready'];
  return addresses
    .filter((each) => each.readyWorkers === 0)
    .map(({ address }) => `no worker that is ready listens on ${address}`);
}
