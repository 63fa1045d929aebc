/** Can the kernel move queued connections to another worker, and does that worker notice. */
import type { Facts } from './facts.js';
import { wakesByVersion } from './kernel-version.js';
import { type Judgement, unknownRow } from './rows.js';
import { isShortage } from './shortage.js';

const SYSCTL = 'sysctl -w net.ipv4.tcp_migrate_req=1';
const UPDATE = 'update the kernel: 6.18.44, 6.12.117, Debian 6.1.192, or newer of these series';
const STEAL = 'reuseport … --rescue-by steal  # as auto does for every server of Node';

export function judgeMigration({ capabilities, migration }: Facts): Judgement {
  const title = 'migration';
  const ways = [capabilities.migrate.ok ? 'by program' : [], capabilities.migrateSysctl ? 'by sysctl' : []].flat();
  const why = capabilities.migrate.why ?? 'refused';
  if (ways.length === 0 && isShortage(why)) return unknownRow(title, why, 'It could not be tried.');
  if (ways.length === 0) {
    const meaning =
      'The kernel cannot move the queue of a stuck worker; idle workers accept from it instead. Only servers of native ' +
      'engines, which cannot be given an accepted connection, get no rescue. CAP_BPF mends it too.';
    return { status: 'notice', title, value: why, meaning, mend: [SYSCTL] };
  }
  const value = ways.join(', ');
  if (migration.outcome === 'not-moved') {
    const meaning =
      'It is allowed, but a queued connection of this trial was not moved: do without --rescue-by migrate.';
    return { status: 'notice', title, value: `${value}, without effect`, meaning, mend: [STEAL] };
  }
  const meaning = 'The kernel can move the queue of a stuck worker to the others.';
  return { status: 'ok', title, value, meaning, mend: [] };
}

/** CVE-2026-46015. */
export function judgeWakeup({ migration, host }: Facts): Judgement {
  const title = 'wake-up on migration';
  const affected = (value: string, consequence: string): Judgement => ({
    status: 'notice',
    title,
    value,
    meaning: `CVE-2026-46015: a connection that the kernel moves waits until the next one wakes its worker. ${consequence}`,
    mend: [UPDATE, STEAL],
  });
  switch (migration.outcome) {
    case 'woken': {
      const meaning = 'The worker that gets a moved connection accepts it at once (no CVE-2026-46015).';
      return { status: 'ok', title, value: 'tried: the new listener is woken', meaning, mend: [] };
    }
    case 'not-woken':
      return affected(
        'tried: the new listener is not woken',
        'It matters for --rescue-by migrate, and when a listener is closed.',
      );
    case 'not-moved':
      return unknownRow(title, 'nothing was moved', 'Whether CVE-2026-46015 is mended cannot be told.');
    case 'untried':
      break;
    default:
      return migration satisfies never;
  }
  const why = migration.impossible ? 'not tried, because nothing migrates here' : `not tried: ${migration.why}`;
  const wakes = wakesByVersion(host.kernel);
  if (wakes === false) return affected(`${why}; not mended, by the version`, 'It matters once something migrates.');
  if (wakes === true) {
    const meaning = 'A worker that got a moved connection would accept it at once (CVE-2026-46015 is mended).';
    return { status: 'ok', title, value: `${why}; mended, by the version`, meaning, mend: [] };
  }
  const meaning =
    'Whether CVE-2026-46015 is mended cannot be told by this version. It matters only where the kernel moves connections.';
  return unknownRow(title, why, meaning);
}

export function judgeMigrateReq({ migrateReq, capabilities }: Facts): Judgement {
  const title = 'tcp_migrate_req';
  if (!migrateReq.known) return unknownRow(title, migrateReq.why, 'Linux 5.14 has it; a container may hide it.');
  const { value } = migrateReq;
  if (value === 1) {
    const meaning =
      'Connections queued for a listener that closes move to the others, in every program of this namespace.';
    return { status: 'ok', title, value: '1', meaning, mend: [] };
  }
  const meaning = capabilities.migrate.ok
    ? 'Not needed: the steering program migrates by itself.'
    : 'The kernel moves nothing by itself. The master keeps the queues of workers that die, so that nothing is lost.';
  return { status: 'ok', title, value: String(value), meaning, mend: [] };
}
