// `reuseport top`, in a pipe and on a terminal.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { assertRefused, cliPath, temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { childrenOf } from '../helpers/processes.js';
import { runCommand, type Service, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

const noTerminal = spawnSync('script', ['--version']).status === 0 ? false : 'needs script(1) of util-linux';

/** The command with its output in a pipe. */
function piped(t: TestContext, service: Service, ...args: string[]) {
  const child = spawn(
    process.execPath,
    [cliPath, 'top', '--control', service.control, '--interval', '100ms', ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  t.after(() => child.kill());
  return { child, ended, lines: () => stdout.split('\n').slice(0, -1), stderr: () => stderr };
}

test('in a pipe it prints a line for each interval, until a signal ends it', async (t) => {
  const service = await serviceFor(t, ['http-hello.cjs'], { workers: 2 });
  const port = await service.port();
  const { child, ended, lines, stderr } = piped(t, service);
  await waitFor('the first line of figures', () => lines().length >= 2);
  await get(port);
  await waitFor('the request to be seen', () => lines().some((line) => /^\d\d:\d\d:\d\d +2 +2 +0 +[1-9]/.test(line)));
  child.kill('SIGINT');
  assert.equal(await ended, 0);
  assert.equal(stderr(), '');
  assert.match(
    lines()[0] ?? '',
    /^ +time +slots +ready +stuck +conn\/s +req\/s +open +queued +drop\/s +rescues +maxloop$/,
  );
});

test('it ends with its reader', async (t) => {
  const service = await serviceFor(t, ['http-hello.cjs'], { workers: 1 });
  const { child, ended, lines, stderr } = piped(t, service);
  await waitFor('a line', () => lines().length >= 1);
  child.stdout.destroy();
  assert.equal(await ended, 0);
  assert.equal(stderr(), '');
});

test('a service that is not there, and one that goes away, are errors', async (t) => {
  const control = join(temporaryFolder(), 'none.sock');
  const refused = await runCommand(['top', '--control', control]);
  assertRefused(refused, 'ERR_CONTROL_UNREACHABLE', refused.code ?? 0, /there is no such socket/);
  assert.notEqual(refused.code, 0);
  const service = await serviceFor(t, ['http-hello.cjs'], { workers: 1 });
  const { ended, lines, stderr } = piped(t, service);
  await waitFor('a line', () => lines().length >= 2);
  await service.end();
  assert.equal(await ended, refused.code);
  assert.match(stderr(), /^reuseport: ERR_CONTROL_UNREACHABLE: /);
});

test('a wrong interval is told', async () => {
  const finished = await runCommand(['top', '--interval', '50ms']);
  assertRefused(finished, 'ERR_USAGE', 2, /interval: expected a duration from 100ms to 1h, got "50ms"/);
});

/** The command on a terminal of its own. */
function onTerminal(t: TestContext, service: Service, around = (command: string) => command) {
  const words = [process.execPath, cliPath, 'top', '--control', service.control, '--interval', '100ms'];
  const command = around(words.map((word) => `'${word}'`).join(' '));
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', LANG: 'C.UTF-8', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  let seen = 0;
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  // Its terminal goes with it, and that ends the command.
  t.after(() => child.kill());
  return {
    ended,
    close: () => child.kill('SIGKILL'),
    output: () => output,
    type: (keys: string) => child.stdin.write(keys),
    /** What has been drawn since the last time says so. */
    see: async (pattern: RegExp) => {
      await waitFor(`${pattern} on the terminal`, () => pattern.test(stripVTControlCharacters(output.slice(seen))), {
        state: () => stripVTControlCharacters(output.slice(-2_000)),
      });
      seen = output.length;
    },
    resize: (columns: number, rows: number) => {
      const [program = 0] = childrenOf(child.pid ?? 0);
      const terminal = readlinkSync(`/proc/${program}/fd/1`);
      execFileSync('stty', ['-F', terminal, 'cols', String(columns), 'rows', String(rows)]);
    },
  };
}

test(
  'on a terminal its keys scale, reload and steer the service, and the screen is given back',
  { skip: noTerminal },
  async (t) => {
    const service = await serviceFor(t, ['http-hello.cjs'], { workers: 2 });
    const terminal = onTerminal(t, service);
    await terminal.see(/2 slots.*r reload/s);
    terminal.type('+');
    await terminal.see(/scaling to 3: done/);
    assert.equal((await service.status()).workers.length, 3);
    terminal.type('r');
    await terminal.see(/reloading: done/);
    assert.equal((await service.status()).counters.reloads, 1);
    terminal.type('s');
    await terminal.see(/steer by {2}hash /);
    terminal.type('\u001b[C\r');
    await terminal.see(/steering by random: done/);
    assert.equal((await service.status()).steer.asked, 'random');
    terminal.type('q');
    assert.equal(await terminal.ended, 0);
    const [, left = ''] = terminal.output().split('\u001b[?1049h');
    assert.ok(left.includes('\u001b[?1049l'), 'it leaves the second screen');
    assert.ok(left.lastIndexOf('\u001b[?25h') > left.lastIndexOf('\u001b[?25l'), 'the cursor is shown again');
  },
);

test('a terminal that changes its size is drawn anew within it', { skip: noTerminal }, async (t) => {
  const service = await serviceFor(t, ['http-hello.cjs'], { workers: 1 });
  const terminal = onTerminal(t, service);
  await terminal.see(/q quit/);
  terminal.resize(30, 5);
  await terminal.see(/more lines: make the/);
  terminal.resize(100, 40);
  await terminal.see(/generation 1 .*RESTARTS.*q quit/s);
  terminal.type('q');
  assert.equal(await terminal.ended, 0);
});

test('when the terminal goes away it ends like any program there', { skip: noTerminal }, async (t) => {
  const service = await serviceFor(t, ['http-hello.cjs'], { workers: 1 });
  const file = join(temporaryFolder(), 'exit-code');
  // The shell outlives its terminal, and tells how the command has ended.
  const terminal = onTerminal(
    t,
    service,
    (command) => `trap "" HUP; ${command}; echo $? >${file}.new; mv ${file}.new ${file}`,
  );
  await terminal.see(/q quit/);
  terminal.close();
  await waitFor('the end of the command', () => existsSync(file));
  assert.equal(Number(readFileSync(file, 'utf8')), 128 + constants.signals.SIGHUP);
});

test('a master that is killed is waited for', { skip: noTerminal }, async (t) => {
  const service = await startService(['http-hello.cjs', '--orphan-grace', '30s'], { workers: 1 });
  const terminal = onTerminal(t, service);
  await terminal.see(/q quit/);
  await service.killMaster();
  await terminal.see(/no answer: control socket/);
  const next = await startService(['http-hello.cjs'], { workers: 1, control: service.control });
  await terminal.see(new RegExp(`pid ${next.pid} `));
  terminal.type('q');
  assert.equal(await terminal.ended, 0);
  await next.end();
  await service.discard();
});
