// `reuseport check` as users run it: with and without rights, on settings of its own, and where files are hidden.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { type CheckReport, reportOf } from '../../src/check/report.js';
import { CHECK_IDS, type CheckId } from '../../src/check/rows.js';
import { probe } from '../../src/index.js';
import { GOOD } from '../helpers/check-readings.js';
import { assertRefused, cliPath, NOBODY, notRoot } from '../helpers/cli.js';
import { createNetwork, noNamespace, noUnshare } from '../helpers/namespace.js';
import { type Finished, runCommand, startService } from '../helpers/reuseport.js';

const CHECK_JSON = [process.execPath, cliPath, 'check', '--json'];
const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];

/** Runs a command line, such as one that changes its own surroundings and then becomes the check. */
async function run(line: readonly string[]): Promise<Finished> {
  const [command = '', ...args] = line;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, stdout, stderr };
}

function reportIn({ code, stdout, stderr }: Finished): CheckReport {
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.match(stdout, /^\{.*\}\n$/);
  return JSON.parse(stdout) as CheckReport;
}

function row({ rows }: CheckReport, id: CheckId) {
  const found = rows.find((candidate) => candidate.id === id);
  assert.ok(found !== undefined, id);
  return found;
}

test('check --json prints one object with the documented fields', async () => {
  const report = reportIn(await runCommand(['check', '--json']));
  const example = reportOf(GOOD, '1.2.3');
  assert.deepEqual(Object.keys(report), Object.keys(example));
  assert.deepEqual(Object.keys(report.steer), ['asked', 'used', 'why']);
  assert.deepEqual(
    report.rows.map(({ id }) => id),
    [...CHECK_IDS],
  );
  for (const found of report.rows) {
    assert.deepEqual(Object.keys(found).toSorted(), ['id', 'meaning', 'mend', 'status', 'title', 'value'], found.id);
    assert.ok(['ok', 'notice', 'problem', 'unknown'].includes(found.status), found.status);
  }
  assert.equal(report.uid, process.geteuid?.());
  assert.equal(report.node, process.versions.node);
  assert.deepEqual(report.capabilities, probe());
});

test('check prints a table, and in its second line the policy that a master then really uses', async () => {
  const { code, stdout, stderr } = await runCommand(['check']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const used = /^--steer auto would use "([a-z-]+)": /m.exec(stdout)?.[1];
  for (const id of ['CAP_BPF', 'somaxconn', 'open files']) assert.ok(stdout.includes(id), stdout);

  const service = await startService(['http-hello.cjs', '--steer', 'auto']);
  assert.equal((await service.status()).steer.used, used);
  await service.end();
});

test('without rights the check still tells everything, and adaptive is the policy', { skip: notRoot }, async () => {
  const report = reportIn(await runCommand(['check', '--json'], { uid: NOBODY }));
  assert.equal(report.uid, NOBODY);
  assert.equal(report.steer.used, 'adaptive');
  assert.equal(report.capabilities.ebpf.ok, false);
  assert.deepEqual([row(report, 'cap-bpf').status, row(report, 'cap-bpf').value], ['notice', 'not held']);
  for (const id of ['ebpf', 'shared-page'] as const) assert.equal(row(report, id).status, 'notice', id);
  for (const id of ['classic-bpf', 'loop-probe'] as const) assert.equal(row(report, id).status, 'ok', id);
  assert.deepEqual(
    report.rows.filter(({ status }) => status === 'unknown').map(({ id }) => id),
    [],
  );
});

test('settings of a network are read where the command runs', { skip: noNamespace }, async () => {
  const network = await createNetwork();
  try {
    network.set('core/somaxconn', '64');
    network.set('ipv4/tcp_syncookies', '0');
    network.set('ipv4/tcp_max_syn_backlog', '16');
    network.set('ipv4/tcp_migrate_req', '1');
    const report = reportIn(await run([...network.within, ...AS_NOBODY, ...CHECK_JSON]));
    assert.deepEqual([row(report, 'somaxconn').status, row(report, 'somaxconn').value], ['problem', '64']);
    assert.deepEqual([row(report, 'tcp-syncookies').status, row(report, 'tcp-syncookies').value], ['notice', '0']);
    assert.equal(row(report, 'tcp-max-syn-backlog').status, 'notice');
    assert.equal(row(report, 'tcp-migrate-req').value, '1');
    assert.deepEqual([row(report, 'migration').status, row(report, 'migration').value], ['ok', 'by sysctl']);
    assert.match(row(report, 'migration-wakeup').value, /^tried: /);
  } finally {
    network.remove();
  }
});

test('the limit of open files is the one of the shell', async () => {
  const report = reportIn(await run(['sh', '-c', 'ulimit -n 700 && exec "$@"', 'sh', ...CHECK_JSON]));
  const { status, value, mend } = row(report, 'open-files');
  assert.equal(status, 'problem');
  assert.match(value, /^700 soft, 700 hard/);
  assert.ok(mend.some((way) => way.startsWith('ulimit -n ')));
});

test('a pool of each worker that does not fit is a notice', async () => {
  const report = reportIn(await runCommand(['check', '--json', '--pool', '1024']));
  const { status, value } = row(report, 'pool');
  assert.equal(status, 'notice');
  assert.match(value, /^\d+ workers? × 1024 \(--pool\) = \d+ on [\d.]+ processors?$/);
  const others = reportIn(await runCommand(['check', '--json'], { env: { UV_THREADPOOL_SIZE: undefined } }));
  assert.equal(row(others, 'pool').status, 'ok');
});

test('too few descriptors for a trial make unknown rows, and no failure', async () => {
  const few = reportIn(await run(['sh', '-c', 'ulimit -n 24 && exec "$@"', 'sh', ...CHECK_JSON]));
  assert.equal(row(few, 'incoming-cpu').status, 'unknown');
  assert.match(row(few, 'incoming-cpu').value, /EMFILE/);
});

const OWN_USERS = ['--user', '--map-root-user'];

test('CAP_BPF in a user namespace of its own does not count', { skip: noUnshare(...OWN_USERS) }, async () => {
  const report = reportIn(await run(['unshare', ...OWN_USERS, ...CHECK_JSON]));
  assert.equal(row(report, 'cap-bpf').status, 'notice');
  assert.match(row(report, 'cap-bpf').meaning, /user namespace/);
  assert.equal(report.steer.used, 'adaptive');
});

test(
  'hidden files of /proc and /sys are unknown, and the exit code is 0',
  { skip: notRoot || noUnshare('--mount') },
  async () => {
    const hide = 'mount -t tmpfs none /sys && mount -t tmpfs none /proc && exec "$@"';
    const report = reportIn(await run(['unshare', '--mount', 'sh', '-c', hide, 'sh', ...CHECK_JSON]));
    for (const id of ['cap-bpf', 'somaxconn', 'tcp-syncookies', 'open-files', 'receive-queues', 'workers'] as const) {
      const { status, value, meaning } = row(report, id);
      assert.equal(status, 'unknown', id);
      assert.match(`${value} ${meaning}`, /there is no \/(proc|sys)\//, id);
    }
    assert.equal(row(report, 'classic-bpf').status, 'ok');
  },
);

test('what check does not take is refused with exit code 2', async () => {
  assertRefused(await runCommand(['check', '--jsn']), 'ERR_USAGE', 2, /unknown option --jsn; did you mean --json\?/);
  assertRefused(
    await runCommand(['check', '--surge', '4']),
    'ERR_USAGE',
    2,
    /--surge is an option of "run", not of "check"/,
  );
  assertRefused(await runCommand(['check', 'x']), 'ERR_USAGE', 2, /unexpected argument "x" for "check"/);
});

test('without its addon the command says how to build it, with exit code 1', async () => {
  const finished = await runCommand(['check'], { env: { REUSEPORT_ADDON: '/nowhere/reuseport.node' } });
  assertRefused(finished, 'ERR_ADDON_MISSING', 1, /npm explore reuseport -- npm run install/);
});
