// Under something that does what systemd does: it is told of the service, and keeps its listeners over a restart.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { askMaster } from '../../src/cli/control-client.js';
import type { Status } from '../../src/observe/status.js';
import { cliPath, temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { fixtures, runCommand } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const noPython = spawnSync('python3', ['--version']).status === 0 ? false : 'needs python3 for unix datagrams';

interface Line {
  started?: number;
  passed?: number;
  notified?: Record<string, string>;
  stored?: number;
}

class Manager {
  readonly control = join(temporaryFolder(), 'c.sock');
  readonly #child: ChildProcess;
  #text = '';
  #errors = '';

  constructor(t: TestContext, env: NodeJS.ProcessEnv = {}) {
    const script = join(fixtures, 'systemd-server.cjs');
    const command = [process.execPath, cliPath, script, '-w', '2', '--control', this.control];
    this.#child = spawn('python3', [join(fixtures, 'systemd-stand-in.py'), ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, PORT: '0', ...env },
    });
    this.#child.stdout?.on('data', (data: Buffer) => (this.#text += data.toString()));
    this.#child.stderr?.on('data', (data: Buffer) => (this.#errors += data.toString()));
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    t.after(async () => {
      this.#child.stdin?.end();
      await closed;
    });
  }

  get lines(): Line[] {
    const whole = this.#text.split('\n').slice(0, -1);
    return whole.map((line) => JSON.parse(line) as Line);
  }

  /** Waits for so many notifications with that variable. */
  told(variable: string, count = 1): Promise<Record<string, string>> {
    return waitFor(
      `${count} × ${variable}`,
      () => this.lines.flatMap(({ notified }) => (notified?.[variable] === undefined ? [] : [notified]))[count - 1],
      { state: () => [this.lines, this.#errors] },
    );
  }

  restart(): void {
    this.#child.stdin?.write('restart\n');
  }

  async status(): Promise<Status> {
    return (await askMaster(this.control, { command: 'status' })) as Status;
  }
}

test('ready, reload, watchdog, upgrade and stop are told', { skip: noPython }, async (t) => {
  const manager = new Manager(t);
  assert.match((await manager.told('READY'))['STATUS'] ?? '', /serves/);
  await manager.told('WATCHDOG', 2);
  const { pid } = await manager.status();
  process.kill(pid, 'SIGHUP');
  const before = process.hrtime.bigint() / 1000n;
  const reloading = await manager.told('RELOADING');
  assert.ok(BigInt(reloading['MONOTONIC_USEC'] ?? 0) >= before - 1_000_000n);
  await manager.told('READY', 2);
  const { code, stderr } = await runCommand(['upgrade', '--control', manager.control]);
  assert.equal(code, 0, stderr);
  const told = await manager.told('MAINPID');
  const after = await manager.status();
  assert.deepEqual([Number(told['MAINPID']), after.pid === pid], [after.pid, false]);
  const stop = await runCommand(['stop', '--control', manager.control]);
  assert.equal(stop.code, 0, stop.stderr);
  await manager.told('STOPPING');
});

test(
  'a restart loses nothing: listeners, what waits in their queues, and steering go on',
  { skip: noPython },
  async (t) => {
    // Which needs the order of the group to be known.
    const manager = new Manager(t, { REUSEPORT_STEER: 'adaptive' });
    await manager.told('READY');
    const before = await manager.status();
    const [listener] = before.listeners;
    const port = listener?.port ?? 0;
    assert.equal(manager.lines.findLast(({ stored }) => stored !== undefined)?.stored, 2);
    manager.restart();
    // From here on until the new workers serve nobody accepts: what comes waits.
    await manager.told('STOPPING');
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(port)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    await manager.told('READY', 2);
    const after = await manager.status();
    const inodes = ({ listeners }: typeof after) => listeners.flatMap(({ slots }) => slots.map(({ inode }) => inode));
    assert.deepEqual(new Set(inodes(after)), new Set(inodes(before)), 'the same sockets');
    assert.equal(after.listeners[0]?.port, port, 'also the port that the kernel had chosen');
    assert.equal(after.listeners[0].steer, 'adaptive');
    assert.deepEqual(
      manager.lines.filter(({ started }) => started !== undefined).map(({ passed }) => passed),
      [0, 2],
    );
  },
);

test('a listener that the service gives up leaves the store', { skip: noPython }, async (t) => {
  const manager = new Manager(t);
  await manager.told('READY');
  const { code, stderr } = await runCommand(['scale', '1', '--control', manager.control]);
  assert.equal(code, 0, stderr);
  await manager.told('FDSTOREREMOVE');
  assert.equal(manager.lines.findLast(({ stored }) => stored !== undefined)?.stored, 1);
});

const slotsOf = ({ listeners }: Status) => listeners.flatMap(({ slots }) => slots.map(({ slot }) => slot));

test(
  'a socket of systemd without ReusePort is shared by all workers, also after an upgrade',
  { skip: noPython },
  async (t) => {
    const manager = new Manager(t, { SOCKET: 'shared' });
    await manager.told('READY');
    const before = await manager.status();
    assert.deepEqual(slotsOf(before), [-1]);
    assert.match(before.warnings.join(), /is one socket, from systemd, .* no steering/);
    assert.equal((await get(before.listeners[0]?.port ?? 0)).status, 200);
    const { code, stderr } = await runCommand(['upgrade', '--control', manager.control]);
    assert.equal(code, 0, stderr);
    const after = await manager.status();
    assert.deepEqual(
      after.listeners.map(({ slots }) => slots[0]?.inode),
      before.listeners.map(({ slots }) => slots[0]?.inode),
    );
    assert.deepEqual(slotsOf(after), [-1]);
    assert.equal((await get(after.listeners[0]?.port ?? 0)).status, 200);
  },
);

test("a socket of systemd with ReusePort is slot 0's, and the others bind beside it", { skip: noPython }, async (t) => {
  const manager = new Manager(t, { SOCKET: 'reuseport' });
  await manager.told('READY');
  const status = await manager.status();
  assert.deepEqual(slotsOf(status), [0, 1]);
  assert.deepEqual(status.warnings, []);
  assert.equal((await get(status.listeners[0]?.port ?? 0)).status, 200);
});

test('a socket of systemd takes connections after a restart too', { skip: noPython }, async (t) => {
  const manager = new Manager(t, { SOCKET: 'reuseport' });
  await manager.told('READY');
  const port = (await manager.status()).listeners[0]?.port ?? 0;
  manager.restart();
  await manager.told('STOPPING');
  assert.equal((await get(port)).status, 200);
  await manager.told('READY', 2);
  assert.equal((await get(port)).status, 200);
});
