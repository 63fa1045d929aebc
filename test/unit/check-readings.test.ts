import assert from 'node:assert/strict';
import { it } from 'node:test';
import { realFiles } from '../../src/check/host-files.js';
import { readNetwork } from '../../src/check/read-network.js';
import { readProcess } from '../../src/check/read-process.js';
import { parseProcessors, readProcessors } from '../../src/check/read-processors.js';
import { known } from '../../src/check/reading.js';
import { filesOf } from '../helpers/check-readings.js';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max processes             96365                96365                processes
Max open files            1024                 524288               files
Max locked memory         8388608              unlimited            bytes
`;

function status(effective: string, seccomp = 0): string {
  return `Name:\tnode\nCapPrm:\t${effective}\nCapEff:\t${effective}\nCapBnd:\t000001ffffffffff\nSeccomp:\t${seccomp}\n`;
}

function rightsOf(effective: string, seccomp?: number) {
  return readProcess(filesOf({ '/proc/self/status': status(effective, seccomp) })).rights;
}

it('rights are read from the effective set', () => {
  const none = { capBpf: false, capPerfmon: false, capSysAdmin: false, filtered: false };
  assert.deepEqual(rightsOf('0000000000000000'), known(none));
  assert.deepEqual(rightsOf('0000008000000000'), known({ ...none, capBpf: true }));
  assert.deepEqual(rightsOf('000000c000000000', 2), known({ ...none, capBpf: true, capPerfmon: true, filtered: true }));
  // All that a container of Docker has.
  assert.deepEqual(rightsOf('00000000a80425fb', 2), known({ ...none, filtered: true }));
  assert.deepEqual(
    rightsOf('000001ffffffffff'),
    known({ capBpf: true, capPerfmon: true, capSysAdmin: true, filtered: false }),
  );
});

it('limits are read, unlimited ones as well', () => {
  const { openFiles, lockedBytes } = readProcess(filesOf({ '/proc/self/limits': LIMITS }));
  assert.deepEqual(openFiles, known({ soft: 1024, hard: 524_288 }));
  assert.deepEqual(lockedBytes, known(8_388_608));
  const none = LIMITS.replace('1024  ', 'unlimited');
  assert.deepEqual(
    readProcess(filesOf({ '/proc/self/limits': none })).openFiles,
    known({ soft: Infinity, hard: 524_288 }),
  );
});

function initialByMap(map: string) {
  return readProcess(filesOf({ '/proc/self/uid_map': map })).initialUserNamespace;
}

it('a user namespace of its own does not map every id to itself', () => {
  assert.deepEqual(initialByMap('         0          0 4294967295\n'), known(true));
  assert.deepEqual(initialByMap('         0       1000          1\n'), known(false));
  assert.deepEqual(initialByMap('         0     100000      65536\n'), known(false));
});

it('a file that is missing or not understood is unknown, by its name', () => {
  const nothing = filesOf({});
  for (const reading of [...Object.values(readProcess(nothing)), ...Object.values(readNetwork(nothing))]) {
    assert.equal(reading.known, false);
    assert.match(reading.why, /^there is no \/(proc|sys)\/\S+ here$/);
  }
  const odd = readNetwork(filesOf({ '/proc/sys/net/core/somaxconn': 'many\n' })).somaxconn;
  assert.deepEqual(odd, {
    known: false,
    why: String.raw`/proc/sys/net/core/somaxconn: "many\n" is not understood`,
  });
});

const CLASS = '/sys/class/net';

function card(name: string, masks: readonly string[], others: Record<string, string> = {}): Record<string, string> {
  return {
    [`${CLASS}/${name}/device/vendor`]: '0x1af4',
    [`${CLASS}/${name}/operstate`]: 'up\n',
    [`${CLASS}/${name}/queues/tx-0/xps_cpus`]: '0',
    ...Object.fromEntries(masks.map((mask, index) => [`${CLASS}/${name}/queues/rx-${index}/rps_cpus`, `${mask}\n`])),
    ...others,
  };
}

it('network cards that are up are read, with their queues and RPS', () => {
  const bridge = Object.fromEntries(
    Object.entries(card('docker0', ['0'])).filter(([path]) => !path.includes('/device/')),
  );
  const files = filesOf({
    ...card('eth0', ['00000000,00000000', '00000000,00000000']),
    ...card('eth1', ['0', '00000000,00000003']),
    ...card('eth2', ['3'], { [`${CLASS}/eth2/operstate`]: 'down\n' }),
    ...bridge,
    [`${CLASS}/lo/operstate`]: 'unknown\n',
  });
  assert.deepEqual(
    readNetwork(files).cards,
    known([
      { name: 'eth0', receiveQueues: 2, rps: false },
      { name: 'eth1', receiveQueues: 2, rps: true },
    ]),
  );
});

it('lists of processors', () => {
  assert.deepEqual(parseProcessors('0'), [0]);
  assert.deepEqual(parseProcessors('0-3,8,10-11'), [0, 1, 2, 3, 8, 10, 11]);
  assert.equal(parseProcessors(''), undefined);
  assert.equal(parseProcessors('0-'), undefined);
});

const GROUPS = '/sys/fs/cgroup';
const FIRST = '5:cpuset:/\n3:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n0::/x\n';
const quotas: [string, Record<string, string>, number | null][] = [
  ['the second version, without a limit', { [`${GROUPS}/a/cpu.max`]: 'max 100000\n' }, null],
  ['the second version, at the top of the machine', { [`${GROUPS}/cgroup.procs`]: '1\n' }, null],
  [
    'the tightest limit on the way up',
    {
      [`${GROUPS}/a/b/cpu.max`]: '400000 100000\n',
      [`${GROUPS}/a/cpu.max`]: '150000 100000\n',
      [`${GROUPS}/cpu.max`]: 'max 100000\n',
    },
    1.5,
  ],
  ['a container that sees only its own group, as the top', { [`${GROUPS}/cpu.max`]: '50000 100000\n' }, 0.5],
];
for (const [name, files, quota] of quotas) {
  it(`limits of control groups: ${name}`, () => {
    const own = { '/proc/self/cgroup': '0::/a/b\n', ...files };
    assert.deepEqual(readProcessors(filesOf(own)).quota, known(quota));
  });
}

it('limits of control groups: the first version, where its cpu controller is mounted', () => {
  const folder = `${GROUPS}/cpu,cpuacct`;
  const of = (quota: string, path: string) =>
    readProcessors(
      filesOf({
        '/proc/self/cgroup': FIRST,
        [`${folder}${path}/cpu.cfs_quota_us`]: quota,
        [`${folder}${path}/cpu.cfs_period_us`]: '100000\n',
      }),
    ).quota;
  assert.deepEqual(of('-1\n', '/docker/abc'), known(null));
  assert.deepEqual(of('200000\n', '/docker/abc'), known(2));
  assert.deepEqual(of('200000\n', ''), known(2));
});

it('limits of control groups that are not mounted are unknown', () => {
  const { quota } = readProcessors(filesOf({ '/proc/self/cgroup': '0::/a/b\n' }));
  assert.deepEqual(quota, { known: false, why: 'there is no /sys/fs/cgroup here' });
});

it('what this machine says of itself is understood, as far as it says it', () => {
  const all = { ...readProcess(realFiles), ...readNetwork(realFiles), ...readProcessors(realFiles) };
  for (const [name, reading] of Object.entries(all)) {
    if (!reading.known) assert.match(reading.why, /^there is no |: E[A-Z]+$/, name);
  }
});
