/** Can the turns of this Node's event loop be seen? Leaves epoll_pwait hooked in this process, which costs nothing. */
import type { Addon } from '../native/addon.js';
import { offsetOf, PAGE_BYTES } from '../state/layout.js';
import type { Capability } from '../steering/capabilities.js';
import { refusal, wholeTurn } from './loopback.js';
import { known, type Reading, unknown } from './reading.js';

export async function tryLoopProbe(addon: Addon): Promise<Reading<Capability>> {
  const owned: number[] = [];
  try {
    const pageFd = addon.createMemfd('reuseport-check', PAGE_BYTES);
    owned.push(pageFd);
    const page = addon.mapShared(pageFd, PAGE_BYTES);
    const wakeFd = addon.createWakeFd();
    owned.push(wakeFd);
    const probe = new addon.LoopProbe({ page, slot: 0, wakeFd });
    const turns = () => new BigUint64Array(page)[offsetOf(0, 'turns') / 8] ?? 0n;
    const before = turns();
    await wholeTurn();
    const isCalled = turns() > before;
    probe.stop();
    if (probe.mode === 'prepare') return known({ ok: false, why: probe.why });
    return known(isCalled ? { ok: true, why: null } : { ok: false, why: 'the hook of epoll_pwait is not called' });
  } catch (error) {
    return unknown(refusal(error));
  } finally {
    for (const fd of owned) addon.close(fd);
  }
}
