/**
 * A test file that imports this runs in a network and a mount namespace of its own: every port is free there, also those
 * below 1024, and the system has the users and groups below. Where that is not allowed `namespacesDenied` says why.
 */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unreadableFor } from './readable.js';

/** With a home and two supplementary groups. */
export const WEB = { name: 'web', uid: 61_001, gid: 61_001, home: '/srv/web', shell: '/bin/sh' } as const;
export const CERTS = 61_002;
export const LOGS = 61_003;

const ACCOUNTS = {
  passwd: `${WEB.name}:x:${WEB.uid}:${WEB.gid}:Web server:${WEB.home}:${WEB.shell}\n`,
  group: `web:x:${WEB.gid}:\ncerts:x:${CERTS}:web\nlogs:x:${LOGS}:daemon,web\n`,
};
const INSIDE = 'TEST_INSIDE_NAMESPACES';
const ENTER =
  'ip link set lo up && mount --bind "$1" /etc/passwd && mount --bind "$2" /etc/group && shift 2 && exec "$@"';

export const namespacesDenied = whyDenied();
if (namespacesDenied === false && process.env[INSIDE] === undefined) await runInside();

function whyDenied(): string | false {
  if (process.getuid?.() !== 0) return 'needs root, for users and namespaces of its own';
  const tried = [attempt('ip', '-V'), attempt('unshare', '--net', '--mount', 'true')];
  const failed = tried.find(({ status }) => status !== 0);
  if (failed === undefined) return unreadableFor(WEB.uid);
  return `namespaces are denied: ${failed.error?.message ?? failed.stderr.trim()}`;
}

function attempt(command: string, ...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(command, args, { encoding: 'utf8' });
}

/** The file once more, inside; this process only waits for it. */
async function runInside(): Promise<never> {
  const folder = mkdtempSync(join(tmpdir(), 'reuseport-accounts-'));
  const files = Object.entries(ACCOUNTS).map(([name, lines]) => {
    const file = join(folder, name);
    writeFileSync(file, readFileSync(`/etc/${name}`, 'utf8').replace(/\n?$/, `\n${lines}`), { mode: 0o644 });
    return file;
  });
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn('unshare', ['--net', '--mount', 'sh', '-c', ENTER, 'sh', ...files, ...again], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  rmSync(folder, { recursive: true });
  process.exit(code ?? 1);
}
