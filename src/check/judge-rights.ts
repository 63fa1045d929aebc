/** May the master load steering programs, and where not, who stands in the way. */
import type { Facts } from './facts.js';
import { parseKernel } from './kernel-version.js';
import type { Rights } from './read-process.js';
import { type Judgement, unknownRow } from './rows.js';

const TITLE = 'CAP_BPF';
const CAP_BPF = 39;
/** More than the maps and programs of a service take. Until Linux 5.11 RLIMIT_MEMLOCK counted them; too much was EPERM too. */
const STEERING_BYTES = 1_048_576;

export function judgeCapBpf(facts: Facts): Judgement {
  const { rights, capabilities } = facts;
  const allowed = capabilities.ebpf.ok || capabilities.page.ok;
  if (!rights.known) {
    const meaning = allowed ? 'Steering programs are allowed all the same.' : 'Whether it is held cannot be told.';
    return { ...unknownRow(TITLE, rights.why, meaning), mend: allowed ? [] : waysToGive(facts, ['BPF']) };
  }
  if (!rights.value.capBpf && !rights.value.capSysAdmin) return judgeWithout(facts);
  const refused = !capabilities.ebpf.ok && capabilities.ebpf.why?.endsWith('EPERM');
  if (refused) return judgeRefused(facts, rights.value);
  const value = rights.value.capBpf ? 'held' : 'held, by CAP_SYS_ADMIN';
  return { status: 'ok', title: TITLE, value, meaning: 'The master may load steering programs.', mend: [] };
}

function judgeWithout(facts: Facts): Judgement {
  if (facts.capabilities.ebpf.ok) {
    const meaning = 'The kernel takes steering programs all the same.';
    return { status: 'ok', title: TITLE, value: 'not held, and not needed', meaning, mend: [] };
  }
  const { used } = facts.choice;
  const meaning = `Policies that see what the loops are doing need it; without, --steer auto is "${used}".`;
  return { status: 'notice', title: TITLE, value: 'not held', meaning, mend: waysToGive(facts, ['BPF']) };
}

/** The capability is there, and bpf(2) answers EPERM all the same. */
function judgeRefused(facts: Facts, { filtered }: Rights): Judgement {
  const notice = { status: 'notice', title: TITLE, value: 'held, but bpf(2) is refused (EPERM)' } as const;
  const { initialUserNamespace, lockedBytes, host } = facts;
  if (initialUserNamespace.known && !initialUserNamespace.value) {
    const meaning = 'This is a user namespace (a rootless container), where the capability does not count for bpf(2).';
    return { ...notice, meaning, mend: ['docker run --cap-add BPF …  # in a container that is not rootless'] };
  }
  if (filtered) {
    const meaning = 'A seccomp filter is on this process, as of a container; it seems to forbid bpf(2).';
    return { ...notice, meaning, mend: ['docker run --cap-add BPF …  # its default profile then allows bpf(2)'] };
  }
  const counted = parseKernel(host.kernel).isBefore(5, 11);
  if (counted && lockedBytes.known && lockedBytes.value < STEERING_BYTES) {
    const meaning = `Before Linux 5.11 BPF memory counts as locked memory, of which ${lockedBytes.value} bytes are allowed.`;
    return {
      ...notice,
      meaning,
      mend: ['systemd: LimitMEMLOCK=infinity', 'ulimit -l unlimited  # as root, before the service starts'],
    };
  }
  const meaning = 'Something else forbids it, such as a security module: the audit log (ausearch -m avc) may tell.';
  return { ...notice, meaning, mend: [] };
}

/** How a process gets these capabilities, from the narrowest way to the widest. */
export function waysToGive({ host, lastCapability }: Facts, names: readonly ('BPF' | 'PERFMON')[]): string[] {
  // Before 5.8 it takes CAP_SYS_ADMIN: more than a file should give to every program of Node.
  if (lastCapability.known && lastCapability.value < CAP_BPF) return ['systemd: AmbientCapabilities=CAP_SYS_ADMIN'];
  const files = names.map((name) => `cap_${name.toLowerCase()}`).join(',');
  return [
    `systemd: AmbientCapabilities=${names.map((name) => `CAP_${name}`).join(' ')}`,
    `setcap ${files}+ep ${shellWord(host.executable)}  # for everything that this node runs`,
    `docker run ${names.map((name) => `--cap-add ${name}`).join(' ')} …  # as root in the container`,
  ];
}

function shellWord(text: string): string {
  return /^[\w./+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
