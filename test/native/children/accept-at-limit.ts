// Accepts from descriptor 3 when two descriptors are free, then when none is.
import type { Addon } from '../../../src/native/addon.js';
import type { KernelAddon } from '../../../src/native/kernel-addon.js';
import { loadAddon } from '../../../src/native/load.js';
import { brief, withFreeDescriptors } from './at-limit.js';

const addon = loadAddon() as Addon & KernelAddon;

function accept(): unknown {
  try {
    return addon.acceptAll(3, 10).length;
  } catch (error) {
    return brief(error);
  }
}
const answers = {
  'two free': await withFreeDescriptors(2, accept),
  'none free': await withFreeDescriptors(0, accept),
};
console.log(JSON.stringify(answers));
