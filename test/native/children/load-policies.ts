// Prints which policies' programs for 64 slots the kernel loads for this process, as JSON: null, or the error's code.
import type { SystemError } from '../../../src/native/addon.js';
import { loadAddon } from '../../../src/native/load.js';
import { MAX_ROWS } from '../../../src/state/layout.js';
import { createPageMap } from '../../../src/state/page-map.js';
import { createSockarray } from '../../../src/steering/capabilities.js';
import { createGroupState } from '../../../src/steering/group-state.js';
import { POLICIES } from '../../../src/steering/policy-table.js';
import { buildProgram, type Choose } from '../../../src/steering/program.js';

const addon = loadAddon();
const maps = {
  pageFd: createPageMap(addon),
  sockarrayFd: createSockarray(addon, MAX_ROWS),
  groupFd: createGroupState(addon),
};

function codeOf(choose: Choose): string | null {
  const instructions = buildProgram({ slots: MAX_ROWS, ...maps, migrate: true }, choose);
  try {
    addon.close(addon.bpfLoadReuseport({ instructions, migrate: true, name: 'largest' }));
    return null;
  } catch (error) {
    return (error as SystemError).code;
  }
}

const codes = Object.entries(POLICIES).flatMap(([name, { choose }]) =>
  choose === null ? [] : [[name, codeOf(choose)] as const],
);
console.log(JSON.stringify(Object.fromEntries(codes)));
