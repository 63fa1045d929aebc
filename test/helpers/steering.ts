import { loadAddon } from '../../src/native/load.js';
import { probeCapabilities } from '../../src/steering/capabilities.js';

/** Why eBPF steering cannot be tested here, as the reason of a skip; false when it can. */
export function steeringDenied(): string | false {
  const { ebpf, page } = probeCapabilities(loadAddon());
  return ebpf.ok && page.ok ? false : `needs CAP_BPF (${ebpf.why ?? page.why})`;
}
