import type { KernelAddon } from '../native/kernel-addon.js';
import { PAGE_BYTES } from './layout.js';

/** The page as a BPF map that user space can map: needs CAP_BPF and Linux 5.5. @throws SystemError */
export function createPageMap(addon: KernelAddon): number {
  return addon.bpfCreateMap({
    type: 'array',
    keyBytes: 4,
    valueBytes: PAGE_BYTES,
    maxEntries: 1,
    mmapable: true,
    name: 'reuseport_page',
  });
}
