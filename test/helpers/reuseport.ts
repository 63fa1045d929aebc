/** Runs the real command on real scripts, and sees to it that nothing is left of it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Addon } from '../../src/native/addon.js';
import { addonPath } from '../../src/native/load.js';
import { askMaster } from '../../src/cli/control-client.js';
import type { Status } from '../../src/observe/status.js';
import { childrenOf, isAlive } from './processes.js';
import { waitFor } from './wait.js';

export const root = join(import.meta.dirname, '..', '..', '..');
export const fixtures = join(root, 'test', 'fixtures');
const cli = join(root, 'dist', 'bundle', 'cli.js');
const addon = createRequire(import.meta.url)(addonPath()) as Addon;

export interface LogLine {
  level: number;
  event?: string;
  msg: string;
  code?: string;
  [field: string]: unknown;
}

export interface Finished {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

export interface StartOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  workers?: number;
  /** Wait for `serving`; default true. */
  ready?: boolean;
  uid?: number;
  /** The command, instead of the one that is tested: a file that may be replaced. */
  program?: string;
  /** Control socket of another service, whose master this one follows. */
  control?: string;
  /** A program that runs it, with its arguments: one that makes it another user's. */
  through?: readonly string[];
  /** It runs in a pid namespace: the pids in its log mean nothing outside. */
  pidsOfItsOwn?: boolean;
  /** Who that user is; default `uid`. */
  owner?: number;
}

/** A running service. `end()` must be awaited; `using` style is left to `after` hooks. */
export class Service {
  readonly child: ChildProcess;
  readonly control: string;
  readonly pidsOfItsOwn: boolean;
  readonly #folder: string;
  readonly #pids = new Set<number>();
  #stdout = '';
  #stderr = '';
  readonly finished: Promise<Finished>;

  constructor(args: readonly string[], options: StartOptions) {
    this.#folder = mkdtempSync(join(tmpdir(), 'reuseport-test-'));
    const owner = options.owner ?? options.uid;
    if (owner !== undefined) chownSync(this.#folder, owner, owner);
    this.pidsOfItsOwn = options.pidsOfItsOwn === true;
    this.control = options.control ?? join(this.#folder, 'c.sock');
    const all = [options.program ?? cli, 'run', ...args];
    if (!args.includes('--control')) all.splice(2, 0, '--control', this.control);
    // Spread blindly: under a policy that looks at the loops a worker that still warms up gets nothing for a while.
    if (!args.includes('--steer')) all.splice(2, 0, '--steer', 'hash', '--rescue-after', '0ms');
    // A master that a test kills leaves nobody behind.
    if (!args.includes('--orphan-grace')) all.splice(2, 0, '--orphan-grace', '0ms');
    all.splice(2, 0, '--log-format', 'json', '-w', String(options.workers ?? 2));
    const [command = '', ...words] = [...(options.through ?? []), process.execPath, ...all];
    this.child = spawn(command, words, {
      cwd: options.cwd ?? fixtures,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    this.child.stdout?.on('data', (data: Buffer) => (this.#stdout += data.toString()));
    this.child.stderr?.on('data', (data: Buffer) => (this.#stderr += data.toString()));
    this.finished = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The master's log; what the workers print on stderr is left out. */
  get logs(): LogLine[] {
    return this.#stderr.split('\n').flatMap((line) => {
      try {
        const value = JSON.parse(line) as LogLine;
        return typeof value === 'object' && typeof value.msg === 'string' ? [value] : [];
      } catch {
        return [];
      }
    });
  }

  async waitForEvent(event: string, count = 1): Promise<LogLine> {
    return waitFor(
      `${count} × event "${event}"`,
      () => {
        if (this.child.exitCode !== null) throw new Error(`the command ended: ${this.#stderr}`);
        return this.logs.filter((line) => line.event === event)[count - 1];
      },
      { state: () => this.#stderr.split('\n').slice(-15) },
    );
  }

  /** Addresses served, as in `[::]:8080`, from the line that says so. */
  async addresses(): Promise<string[]> {
    const line = await this.waitForEvent('serving');
    return line['addresses'] as string[];
  }

  /** The port of the first address. */
  async port(): Promise<number> {
    const [first = ''] = await this.addresses();
    return Number(first.slice(first.lastIndexOf(':') + 1));
  }

  /** What `reuseport status --json` prints, without starting a process for it. */
  async status(): Promise<Status> {
    const status = (await askMaster(this.control, { command: 'status' })) as Status;
    await this.#logsRead();
    for (const { pid } of status.workers) if (pid !== null) this.#pids.add(pid);
    return status;
  }

  async workerPids(): Promise<number[]> {
    return (await this.status()).workers.flatMap(({ pid }) => (pid === null ? [] : [pid]));
  }

  async command(...args: string[]): Promise<Finished> {
    const finished = await runCommand([...args, '--control', this.control]);
    await this.#logsRead();
    return finished;
  }

  /** What the master had logged when it answered is in the pipe by then: two turns of this loop read it. */
  async #logsRead(): Promise<void> {
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Kills the master and waits until it is gone; its workers may live. */
  async killMaster(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }

  /** Ends the use of a service whose master was killed on purpose, and could not tidy up. */
  async discard(): Promise<void> {
    await this.finished;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Stops the service and asserts that nothing is left: process, socket file, listener. */
  async end(signal: NodeJS.Signals | null = 'SIGTERM'): Promise<Finished> {
    for (const pid of childrenOf(this.pid)) this.#pids.add(pid);
    const ports = this.logs
      .filter((line) => line.event === 'serving')
      .flatMap((line) => (line['addresses'] as string[]).map((text) => Number(text.slice(text.lastIndexOf(':') + 1))));
    if (signal !== null && this.child.exitCode === null) this.child.kill(signal);
    const finished = await Promise.race([this.finished, delay(60_000, null, { ref: false })]);
    if (finished === null) {
      this.child.kill('SIGKILL');
      throw new Error(`did not end within 60 s after ${signal}: ${this.#stderr}`);
    }
    await waitFor('every worker to be gone', () => [...this.#pids].every((pid) => !isAlive(pid)), {
      state: () => [...this.#pids].filter(isAlive),
    });
    assert.equal(existsSync(this.control), false, 'the control socket is left behind');
    assert.equal(existsSync(`${this.control}.state`), false, 'the state file is left behind');
    for (const port of ports.filter((port) => Number.isInteger(port) && port > 0)) {
      assert.deepEqual(addon.listeningSockets(port), [], `a listener on port ${port} is left behind`);
    }
    rmSync(this.#folder, { recursive: true, force: true });
    return finished;
  }
}

/**
 * A test that fails before it ends its service must not leave it running, nor keep this file's process by its pipes. Some
 * while after the tests, because hooks of the file's own may still end one.
 */
const running = new Set<Service>();
after(() => {
  setTimeout(() => {
    for (const service of running) {
      service.kill('SIGKILL');
      if (service.pidsOfItsOwn) continue;
      // Masters that an upgrade started.
      for (const { successorPid } of service.logs) if (typeof successorPid === 'number') killIfThere(successorPid);
    }
  }, 5_000).unref();
});

function killIfThere(pid: number): void {
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}

export async function startService(args: readonly string[], options: StartOptions = {}): Promise<Service> {
  const service = new Service(args, options);
  running.add(service);
  void service.finished.then(() => running.delete(service));
  if (options.ready !== false) {
    try {
      await service.waitForEvent('serving');
    } catch (error) {
      service.kill('SIGKILL');
      throw error;
    }
  }
  return service;
}

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  /** A program that runs it, with its arguments. */
  through?: readonly string[];
  /** Another copy of the command. */
  command?: string;
}

/** Runs the command to its end. */
export function runCommand(args: readonly string[], options: CommandOptions = {}) {
  return new Promise<Finished>((resolve) => {
    const words = [...(options.through ?? []), process.execPath, options.command ?? cli, ...args];
    const child = spawn(words[0] ?? '', words.slice(1), {
      cwd: options.cwd ?? fixtures,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
