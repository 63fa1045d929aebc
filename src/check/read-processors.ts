/** The processors that there are, and the share of them that the control groups leave us. */
import { type HostFiles, listOf, readFrom } from './host-files.js';
import { known, type Reading, unknown } from './reading.js';

const CGROUPS = '/sys/fs/cgroup';

export interface ProcessorReadings {
  /** Numbers of the processors that are online. */
  online: Reading<number[]>;
  /** The tightest limit of our control groups, in processors (0.5 is half the time of one); null: there is none. */
  quota: Reading<number | null>;
}

export function readProcessors(files: HostFiles): ProcessorReadings {
  return {
    online: readFrom(files, '/sys/devices/system/cpu/online', parseProcessors),
    quota: readQuota(files),
  };
}

/** `0-3,8` */
export function parseProcessors(text: string): number[] | undefined {
  const ranges = text.split(',').map((part) => /^(\d+)(?:-(\d+))?$/.exec(part));
  if (ranges.includes(null)) return undefined;
  return ranges.flatMap((range) => {
    const first = Number(range?.[1]);
    const last = Number(range?.[2] ?? first);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

interface Hierarchy {
  /** Where the controller is mounted. */
  folder: string;
  /** Our group in it, as in /proc/self/cgroup. */
  group: string;
  limitOf: (files: HostFiles, folder: string) => number | null;
}

function readQuota(files: HostFiles): Reading<number | null> {
  const hierarchy = readFrom(files, '/proc/self/cgroup', parseHierarchy);
  if (!hierarchy.known) return hierarchy;
  const { folder, group, limitOf } = hierarchy.value;
  if (!listOf(files, folder).known) return unknown(`there is no ${folder} here`);
  // Inside a container the group may be named as its host sees it: then only the top of what is mounted is there.
  const limits = ancestors(group).flatMap((path) => limitOf(files, `${folder}${path}`) ?? []);
  return known(limits.length === 0 ? null : Math.min(...limits));
}

/** The first version's `cpu` controller where it is mounted, else the second version's one hierarchy. */
function parseHierarchy(text: string): Hierarchy | undefined {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const first = lines.find((line) => line?.[1]?.split(',').includes('cpu'));
  if (first?.[2] !== undefined) return { folder: `${CGROUPS}/${first[1]}`, group: first[2], limitOf: limitOfFirst };
  const second = lines.find((line) => line?.[1] === '');
  return second?.[2] === undefined ? undefined : { folder: CGROUPS, group: second[2], limitOf: limitOfSecond };
}

/** `/a/b` → `/a/b`, `/a`, and the top. */
function ancestors(group: string): string[] {
  const parts = group.split('/').filter((part) => part !== '');
  return [...parts.keys(), parts.length].toReversed().map((count) => ['', ...parts.slice(0, count)].join('/'));
}

/** cpu.max: `max 100000` or `150000 100000`; the top group of the machine has none. */
function limitOfSecond(files: HostFiles, folder: string): number | null {
  const limit = readFrom(files, `${folder}/cpu.max`, (text) => share(...(text.split(' ') as [string, string?])));
  return limit.known ? limit.value : null;
}

function limitOfFirst(files: HostFiles, folder: string): number | null {
  const quota = readFrom(files, `${folder}/cpu.cfs_quota_us`, (text) => text);
  const period = readFrom(files, `${folder}/cpu.cfs_period_us`, (text) => text);
  return quota.known && period.known ? (share(quota.value, period.value) ?? null) : null;
}

/** Undefined where there is no limit: `max`, -1. */
function share(quotaUs: string, periodUs = ''): number | undefined {
  const processors = Number(quotaUs) / Number(periodUs);
  return processors > 0 && Number.isFinite(processors) ? processors : undefined;
}
