// `reuseport bench` as a command: what it prints, what it leaves, and how it ends.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import type { LabResult } from '../../bench/lab/result.js';
import { loadgenFile } from '../../bench/paths.js';
import { isAlive, processTree } from '../../bench/process-tree.js';
import { assertRefused, cliPath, endOf, temporaryFolder } from '../helpers/cli.js';
import { runCommand } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const skip = existsSync(loadgenFile) ? false : 'loadgen is not built: npm run bench builds it';

const resultIn = (folder: string): LabResult =>
  JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as LabResult;

test('a run leaves results.json and report.html, and --json prints the result and nothing else', { skip }, async () => {
  const out = join(temporaryFolder(), 'out');
  const options = ['--rounds', '1', '--seconds', '0.2', '--rivals', 'single,no-such-policy', '--json', '--out', out];
  const { code, stdout, stderr } = await runCommand(['bench', 'churn', ...options]);
  assert.equal(code, 0, stderr);
  const printed = JSON.parse(stdout) as LabResult;
  assert.deepEqual(printed, resultIn(out));
  assert.deepEqual(readdirSync(out).toSorted(), ['report.html', 'results.json']);
  assert.equal(printed.format, 'reuseport-bench');
  assert.ok(printed.finishedAt !== null);
  assert.deepEqual(printed.command, ['reuseport', 'bench', 'churn', ...options]);
  const [scenario, ...others] = printed.scenarios;
  assert.equal(others.length, 0);
  assert.equal(scenario?.samples.length, 2);
  assert.deepEqual(Object.keys(scenario.skipped), ['no-such-policy']);
  assert.ok(scenario.warnings.some(({ reason, remedy }) => reason === 'too-few-rounds' && remedy !== ''));
  assert.match(stderr, /skipped no-such-policy/);
});

test(
  'without --json a table is printed, with the question, what was expected and what came out',
  { skip },
  async () => {
    const out = temporaryFolder();
    const options = ['--quick', '--rounds', '1', '--rivals', 'plain', '--out', out];
    const { code, stdout, stderr } = await runCommand(['bench', 'burst', ...options]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^burst: Where do 100 connections go.*\nexpected: .*\nresult: +/m);
    assert.match(stdout, /^plain +\d+/m);
    assert.match(stdout, /report: .*report\.html\n/);
  },
);

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  // prettier-ignore
  test(`${signal} keeps whole rounds, and leaves no process`, { skip }, async () => {
    const out = temporaryFolder();
    const args = [cliPath, 'bench', 'burst', '--rounds', '200', '--rivals', 'plain', '--out', out];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    try {
      const file = join(out, 'results.json');
      await waitFor('the first round', () => existsSync(file), { state: () => stderr });
      const processes = processTree(child.pid ?? 0);
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill(signal);
      assert.equal(await closed, exitCode, stderr);
      await waitFor('its processes to be gone', () => !processes.some(isAlive), { state: () => processes });
      const result = resultIn(out);
      assert.equal(result.finishedAt, null);
      assert.ok((result.scenarios[0]?.samples.length ?? 0) >= 1);
      assert.match(stderr, /interrupted; whole rounds are kept/);
    } finally {
      await endOf(child);
    }
  });
}

async function refused(words: string[], message: RegExp): Promise<void> {
  assertRefused(await runCommand(['bench', ...words]), 'ERR_USAGE', 2, message);
}

test('a wrong word or option is refused with exit code 2', async () => {
  await refused(['stal'], /no scenario "stal"; there are generator, /);
  await refused(['stall', '--rounds', '0'], /rounds: expected an integer from 1 to 200, got "0" \(from --rounds\)/);
  await refused(['stall', '--rps', '5'], /--rps is no option of "bench"/);
  await refused(['size', '--rps', '5'], /bench size: needs --rps .* and --p50/);
  await refused(['size', '--rps', '5', '--p50', '7'], /p50: expected a duration such as 250us, 1\.5ms or 2s, got "7"/);
  await refused(
    ['churn', '--closed-loop', 'h2load'],
    /closed-loop: not for churn: h2load opens no connection for each/,
  );
  await refused(['stall', '--closed-loop', 'wrk'], /--closed-loop is for scenarios at full speed/);
  await refused(['compare'], /bench compare: expected a script, got nothing/);
});

test('list names each scenario with its question, and size works out workers', async () => {
  const list = await runCommand(['bench', 'list']);
  assert.match(list.stdout, /^churn +What does it cost/m);
  assert.match(list.stdout, /^sweep +How many workers/m);
  assert.match(list.stdout, /^Rivals, for --rivals.*\nsingle +one process$/m);
  assert.match(list.stdout, /^nginx +nginx, listen … reuseport/m);
  const size = await runCommand(['bench', 'size', '--rps', '2000', '--p50', '20ms', '--cpu', '1.4ms', '--cores', '4']);
  assert.match(size.stdout, /^40 requests under way at a time[\s\S]*reuseport server\.js --workers 4\n$/);
});

test('compare of a program that does not start says why, and exits 1', { skip }, async () => {
  const folder = temporaryFolder();
  const script = join(folder, 'broken.mjs');
  writeFileSync(script, "throw new Error('no database');\n");
  const { code, stdout, stderr } = await runCommand(['bench', 'compare', script, '--quick', '--out', folder]);
  assert.equal(code, 1, stderr);
  assert.match(stdout, /skipped compare: .*exited with 1/);
});

test('compare runs a program of the user’s own under each rival, and advises', { skip }, async () => {
  const folder = temporaryFolder();
  const script = join(folder, 'server.mjs');
  writeFileSync(
    script,
    `import http from 'node:http';
http.createServer((request, response) => response.end('mine')).listen(process.env.PORT, process.env.HOST);
`,
  );
  const options = [
    '--load',
    'new',
    '--rounds',
    '1',
    '--seconds',
    '0.2',
    '--rivals',
    'single,cluster-rr',
    '--workers',
    '2',
  ];
  const { code, stdout, stderr } = await runCommand(['bench', 'compare', script, ...options, '--out', folder]);
  assert.equal(code, 0, stderr);
  const [scenario] = resultIn(folder).scenarios;
  assert.deepEqual([...new Set(scenario?.samples.map(({ rival }) => rival))].toSorted(), ['cluster-rr', 'single']);
  assert.match(scenario?.finding ?? '', /^On new connections (single|cluster-rr) is best for it\. /);
  assert.match(stdout, /is best for it/);
});
