import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

import { POLICIES } from '../../src/steering/policy-table.js';
import { noBpf } from './kernel-support.js';

const child = join(import.meta.dirname, 'children', 'load-policies.js');
const largest = Object.entries(POLICIES).filter(([, { choose }]) => choose !== null);
const allLoaded = Object.fromEntries(largest.map(([name]) => [name, null]));

function load(launcher: readonly string[]): unknown {
  const [file, ...args] = [...launcher, process.execPath, child];
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

test('the program of every policy loads for 64 slots', { skip: noBpf }, () => {
  assert.deepEqual(load([]), allLoaded);
});

/** 39 is CAP_BPF: a setpriv older than that knows it by its number only. */
const BPF_ALONE = [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--inh-caps=-all,+cap_39',
  '--ambient-caps=-all,+cap_39',
];
const noBpfAlone =
  process.getuid?.() !== 0
    ? 'needs root, to give CAP_BPF alone'
    : spawnSync(BPF_ALONE[0] ?? '', [...BPF_ALONE.slice(1), 'true']).status === 0
      ? noBpf
      : 'setpriv cannot give CAP_BPF alone here';

// Without CAP_PERFMON the verifier also follows what a processor could only do by speculation.
test('it does so with CAP_BPF alone', { skip: noBpfAlone }, () => {
  assert.deepEqual(load(BPF_ALONE), allLoaded);
});
