import assert from 'node:assert/strict';
import { it } from 'node:test';
import { judge } from '../../src/check/judge.js';
import { known, unknown } from '../../src/check/reading.js';
import type { Readings } from '../../src/check/readings.js';
import { CHECK_IDS } from '../../src/check/rows.js';
import {
  ALLOWED,
  CAP_BPF_ALONE,
  denied,
  GOOD,
  HIDDEN,
  no,
  NO_RIGHTS,
  rowOf,
  UNPRIVILEGED,
  yes,
} from '../helpers/check-readings.js';

const statuses = (readings: Readings, status: string) =>
  judge(readings)
    .rows.filter((row) => row.status === status)
    .map(({ id }) => id);

it('there is a row for each thing that is checked, in the documented order, whatever was read', () => {
  for (const readings of [GOOD, UNPRIVILEGED, HIDDEN]) {
    const { rows } = judge(readings);
    assert.deepEqual(
      rows.map(({ id }) => id),
      [...CHECK_IDS],
    );
    for (const { value, meaning, title } of rows) assert.ok(value !== '' && meaning !== '' && title !== '');
  }
});

it('a machine on which all is well has nothing to mend, and auto is idle there', () => {
  const { steer, rows } = judge(GOOD);
  assert.equal(steer.used, 'idle');
  for (const { id, status, mend } of rows) assert.deepEqual({ id, status, mend }, { id, status: 'ok', mend: [] });
});

it('without rights auto is adaptive, and the ways to CAP_BPF are named', () => {
  const { steer } = judge(UNPRIVILEGED);
  assert.equal(steer.used, 'adaptive');
  assert.match(steer.why, /EPERM/);
  assert.deepEqual(statuses(UNPRIVILEGED, 'notice'), ['cap-bpf', 'ebpf', 'shared-page', 'migration']);
  assert.deepEqual(statuses(UNPRIVILEGED, 'problem'), []);
  const row = rowOf(UNPRIVILEGED, 'cap-bpf');
  assert.equal(row.value, 'not held');
  assert.match(row.meaning, /"adaptive"/);
  assert.equal(row.mend[0], 'systemd: AmbientCapabilities=CAP_BPF');
  assert.match(row.mend[1] ?? '', /^setcap cap_bpf\+ep \/usr\/bin\/node {2}#/);
});

it('a path of Node that a shell would take apart is quoted', () => {
  const host = { ...GOOD.host, executable: "/home/o'brien/my node" };
  const row = rowOf({ ...UNPRIVILEGED, host }, 'cap-bpf');
  assert.match(row.mend[1] ?? '', /^setcap cap_bpf\+ep '\/home\/o'\\''brien\/my node' /);
});

it('a kernel without CAP_BPF needs CAP_SYS_ADMIN, and that is not to be given to a file', () => {
  const row = rowOf({ ...UNPRIVILEGED, lastCapability: known(37) }, 'cap-bpf');
  assert.deepEqual(row.mend, ['systemd: AmbientCapabilities=CAP_SYS_ADMIN']);
});

const held = { ...GOOD, capabilities: denied(), migration: UNPRIVILEGED.migration };
const refusals: [string, Partial<Readings>, RegExp][] = [
  ['a user namespace', { initialUserNamespace: known(false) }, /user namespace/],
  ['a seccomp filter', { rights: known({ ...CAP_BPF_ALONE, filtered: true }) }, /seccomp/],
  [
    'the limit of locked memory before 5.11',
    { lockedBytes: known(65_536), host: { ...GOOD.host, kernel: { release: '5.10.0-30-amd64', build: '' } } },
    /65536 bytes/,
  ],
  ['something else', { lockedBytes: known(65_536) }, /security module/],
];
for (const [who, difference, meaning] of refusals) {
  it(`where CAP_BPF is held and bpf(2) refused, ${who} is suspected`, () => {
    const row = rowOf({ ...held, ...difference }, 'cap-bpf');
    assert.equal(row.status, 'notice');
    assert.match(row.value, /held, but/);
    assert.match(row.meaning, meaning);
  });
}

it('a kernel that takes programs from anybody needs no right', () => {
  assert.equal(rowOf({ ...GOOD, rights: known(NO_RIGHTS) }, 'cap-bpf').status, 'ok');
});

it('a kernel that is too old for eBPF is told apart from a missing right', () => {
  const old = { ...GOOD, capabilities: denied('bpf: EINVAL') };
  assert.equal(judge(old).steer.used, 'adaptive');
  assert.match(rowOf(old, 'ebpf').meaning, /too old/);
  assert.equal(rowOf(old, 'cap-bpf').status, 'ok');
  assert.match(rowOf({ ...old, capabilities: denied('bpf: ENOSYS') }, 'ebpf').meaning, /no bpf\(2\)/);
});

it('a page that cannot be mapped keeps auto from eBPF', () => {
  const old = { ...GOOD, capabilities: { ...ALLOWED, page: no('bpf: EINVAL') } };
  assert.equal(judge(old).steer.used, 'adaptive');
  assert.equal(rowOf(old, 'shared-page').status, 'notice');
});

it('a program that is refused for so many workers is said, with what auto really comes to', () => {
  const host = { ...GOOD.host, workers: 32 };
  const large = { ...GOOD, host, auto: no('bpf: E2BIG'), rights: known(CAP_BPF_ALONE) };
  const { steer } = judge(large);
  assert.equal(steer.used, 'hash');
  assert.match(steer.why, /"idle" for 32 workers \(bpf: E2BIG\)/);
  const row = rowOf(large, 'ebpf');
  assert.equal(row.status, 'notice');
  assert.match(row.meaning, /CAP_PERFMON/);
  assert.equal(row.mend[0], 'systemd: AmbientCapabilities=CAP_BPF CAP_PERFMON');
  assert.match(row.mend[1] ?? '', /^setcap cap_bpf,cap_perfmon\+ep /);
  assert.match(row.mend.at(-1) ?? '', /--steer adaptive/);
  assert.ok(
    !rowOf({ ...large, rights: GOOD.rights }, 'ebpf')
      .mend.join()
      .includes('PERFMON'),
  );
});

it('what failed for want of descriptors is unknown, and not denied', () => {
  const short = { ...GOOD, capabilities: { ...denied('socket: EMFILE'), classic: no('socket: EMFILE') } };
  for (const id of ['ebpf', 'shared-page', 'migration', 'classic-bpf'] as const) {
    assert.equal(rowOf(short, id).status, 'unknown', id);
  }
  assert.equal(judge({ ...GOOD, auto: no('socket: EMFILE') }).steer.used, 'idle');
});

it('without any BPF nothing steers: a problem, unless eBPF does it', () => {
  const classic = no('setsockopt: ENOPROTOOPT');
  const bare = { ...UNPRIVILEGED, capabilities: { ...denied(), classic } };
  assert.equal(judge(bare).steer.used, 'hash');
  assert.equal(rowOf(bare, 'classic-bpf').status, 'problem');
  assert.equal(rowOf({ ...GOOD, capabilities: { ...ALLOWED, classic } }, 'classic-bpf').status, 'ok');
});

it('migration by program, by sysctl, or not at all', () => {
  assert.equal(rowOf(GOOD, 'migration').value, 'by program');
  const sysctl = { ...UNPRIVILEGED, capabilities: { ...denied(), migrateSysctl: true }, migrateReq: known(1) };
  assert.deepEqual([rowOf(sysctl, 'migration').status, rowOf(sysctl, 'migration').value], ['ok', 'by sysctl']);
  assert.match(rowOf(sysctl, 'tcp-migrate-req').meaning, /every program/);
  const none = rowOf(UNPRIVILEGED, 'migration');
  assert.deepEqual(none.mend, ['sysctl -w net.ipv4.tcp_migrate_req=1']);
  const inert = rowOf({ ...GOOD, migration: { outcome: 'not-moved' } }, 'migration');
  assert.equal(inert.status, 'notice');
});

it('a listener that is not woken by migration is told by trying, whatever the version says', () => {
  const row = rowOf({ ...GOOD, migration: { outcome: 'not-woken' } }, 'migration-wakeup');
  assert.equal(row.status, 'notice');
  assert.match(row.meaning, /CVE-2026-46015/);
  assert.match(row.mend.join(), /6\.18\.44.*--rescue-by steal/);
  const old = { ...GOOD.host, kernel: { release: '6.12.10', build: '' } };
  assert.equal(rowOf({ ...GOOD, host: old }, 'migration-wakeup').status, 'ok');
});

for (const [release, status] of [
  ['6.18.44', 'ok'],
  ['6.18.43', 'notice'],
  ['6.8.0-45-generic', 'unknown'],
] as const) {
  it(`where nothing could be tried, Linux ${release} is ${status} by its version`, () => {
    const host = { ...GOOD.host, kernel: { release, build: '' } };
    const row = rowOf({ ...UNPRIVILEGED, host }, 'migration-wakeup');
    assert.equal(row.status, status);
    assert.match(row.value, /^not tried/);
  });
}

it('trials that could not be made are unknown, those that failed are notices', () => {
  for (const [id, key] of [
    ['incoming-cpu', 'incomingCpu'],
    ['loop-probe', 'loopProbe'],
  ] as const) {
    assert.equal(rowOf({ ...GOOD, [key]: unknown('connect: ETIMEDOUT') }, id).status, 'unknown');
    const row = rowOf({ ...GOOD, [key]: known(no('said so')) }, id);
    assert.deepEqual([row.status, row.value], ['notice', 'said so']);
  }
});

it('hidden files are no verdict on CAP_BPF: what was tried counts', () => {
  assert.equal(rowOf(HIDDEN, 'cap-bpf').status, 'unknown');
  assert.equal(rowOf(HIDDEN, 'cap-bpf').mend.length, 3);
  const allowed = { ...HIDDEN, capabilities: ALLOWED, auto: yes };
  assert.deepEqual(rowOf(allowed, 'cap-bpf').mend, []);
  assert.equal(rowOf({ ...HIDDEN, rights: known(NO_RIGHTS) }, 'cap-bpf').status, 'notice');
});
