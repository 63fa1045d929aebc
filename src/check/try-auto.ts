/**
 * Can what `--steer auto` chooses be put into the kernel, for as many workers as `--workers auto` starts? A small program
 * may load where a great one is refused: without CAP_PERFMON the verifier also follows what a processor might do
 * speculatively, and gives up after a million instructions. (That takes it some seconds.)
 */
import type { Addon } from '../native/addon.js';
import { StatePage } from '../state/page.js';
import type { Capabilities, Capability } from '../steering/capabilities.js';
import { choosePolicy } from '../steering/choose-policy.js';
import { KernelGroup } from '../steering/group.js';
import { LOOPBACK, refusal } from './loopback.js';

export function tryAuto(addon: Addon, capabilities: Capabilities, workers: number): Capability {
  const { vehicle } = choosePolicy('auto', capabilities);
  if (vehicle.kind === 'pinned') throw new Error('auto chooses no program of the user');
  const cleanUp: (() => void)[] = [];
  try {
    const page = StatePage.create({ inKernel: vehicle.kind === 'ebpf' });
    cleanUp.push(() => page.close());
    const listener = addon.bindTcpListener({ address: LOOPBACK, port: 0 });
    cleanUp.push(() => addon.close(listener));
    addon.listen(listener, 1);
    const group = new KernelGroup(addon, page, vehicle, workers);
    cleanUp.push(() => group.close());
    group.add(0, listener);
    return { ok: true, why: null };
  } catch (error) {
    return { ok: false, why: refusal(error) };
  } finally {
    for (const step of cleanUp.toReversed()) step();
  }
}
