/** Readings of machines that nobody has to own. */
import type { CheckId, CheckRow } from '../../src/check/rows.js';
import { judge } from '../../src/check/judge.js';
import type { HostFiles } from '../../src/check/host-files.js';
import { known, unknown } from '../../src/check/reading.js';
import type { Readings } from '../../src/check/readings.js';
import type { Capabilities, Capability } from '../../src/steering/capabilities.js';

export const yes: Capability = { ok: true, why: null };

export function no(why: string): Capability {
  return { ok: false, why };
}

export const ALLOWED: Capabilities = { page: yes, ebpf: yes, migrate: yes, migrateSysctl: false, classic: yes };

export function denied(why = 'bpf: EPERM'): Capabilities {
  return { ...ALLOWED, page: no(why), ebpf: no(why), migrate: no(why) };
}

const RIGHTS = { capBpf: true, capPerfmon: true, capSysAdmin: true, filtered: false };
export const NO_RIGHTS = { ...RIGHTS, capBpf: false, capPerfmon: false, capSysAdmin: false };
export const CAP_BPF_ALONE = { ...NO_RIGHTS, capBpf: true };

/** A machine on which all is well, for root: four processors and a network card with as many queues. */
export const GOOD: Readings = {
  host: {
    node: '22.23.3',
    executable: '/usr/bin/node',
    kernel: { release: '6.18.44', build: '#1 SMP PREEMPT_DYNAMIC' },
    uid: 0,
    workers: 4,
    processors: 4,
    pool: null,
  },
  capabilities: ALLOWED,
  auto: yes,
  migration: { outcome: 'woken' },
  incomingCpu: known(yes),
  loopProbe: known(yes),
  rights: known(RIGHTS),
  initialUserNamespace: known(true),
  lastCapability: known(40),
  openFiles: known({ soft: 524_288, hard: 524_288 }),
  lockedBytes: known(8_388_608),
  somaxconn: known(4096),
  maxSynBacklog: known(2048),
  synCookies: known(1),
  migrateReq: known(0),
  flowEntries: known(0),
  cards: known([{ name: 'eth0', receiveQueues: 4, rps: false }]),
  online: known([0, 1, 2, 3]),
  quota: known(null),
};

/** The same for a user without rights. */
export const UNPRIVILEGED: Readings = {
  ...GOOD,
  host: { ...GOOD.host, uid: 65_534 },
  rights: known(NO_RIGHTS),
  capabilities: denied(),
  migration: { outcome: 'untried', impossible: true, why: 'nothing migrates here' },
};

const hidden = unknown('there is no such file here');

/** A container that hides /proc and /sys. */
export const HIDDEN: Readings = {
  ...UNPRIVILEGED,
  incomingCpu: hidden,
  rights: hidden,
  initialUserNamespace: hidden,
  lastCapability: hidden,
  openFiles: hidden,
  lockedBytes: hidden,
  somaxconn: hidden,
  maxSynBacklog: hidden,
  synCookies: hidden,
  migrateReq: hidden,
  flowEntries: hidden,
  cards: hidden,
  online: hidden,
  quota: hidden,
};

export function rowOf(readings: Readings, id: CheckId): CheckRow {
  const row = judge(readings).rows.find((candidate) => candidate.id === id);
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
}

function missing(path: string): Error {
  return Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
}

/** The files of a machine, by path. */
export function filesOf(contents: Readonly<Record<string, string>>): HostFiles {
  return {
    read(path) {
      const text = contents[path];
      if (text === undefined) throw missing(path);
      return text;
    },
    list(path) {
      const below = Object.keys(contents).filter((name) => name.startsWith(`${path}/`));
      if (below.length === 0) throw missing(path);
      return [...new Set(below.map((name) => name.slice(path.length + 1).split('/')[0] ?? ''))];
    },
  };
}
