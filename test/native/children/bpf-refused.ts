// Prints how the kernel answers an unprivileged process, and how many descriptors each answer left.
import { readdirSync } from 'node:fs';

import type { VerifierError } from '../../../src/native/kernel-addon.js';
import type { Addon } from '../../../src/native/addon.js';
import type { KernelAddon } from '../../../src/native/kernel-addon.js';
import { loadAddon } from '../../../src/native/load.js';

const addon = loadAddon() as Addon & KernelAddon;
// return SK_PASS
const pass = Buffer.from([0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
const calls = {
  bpfCreateMap: () => addon.bpfCreateMap({ type: 'array', keyBytes: 4, valueBytes: 8, maxEntries: 1, name: 'state' }),
  bpfLoadReuseport: () => addon.bpfLoadReuseport({ instructions: pass, name: 'pass' }),
  bpfEnableStats: () => addon.bpfEnableStats(),
};
const count = () => readdirSync('/proc/self/fd').length;
const answers: Record<string, unknown> = {};
for (const [name, call] of Object.entries(calls)) {
  const before = count();
  try {
    answers[name] = `got descriptor ${call()}`;
  } catch (error) {
    const { code, subject, verifierLog } = error as VerifierError;
    answers[name] = { code, subject, verifierLog, leaked: count() - before };
  }
}
console.log(JSON.stringify(answers));
