/** A folder in which commands of the docs run as a reader would run them: with a program, a shell, and `reuseport` installed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { askMaster } from '../../src/cli/control-client.js';
import type { Status } from '../../src/observe/status.js';
import type { ControlRequest } from '../../src/supervisor/control-protocol.js';
import { cliPath } from './cli.js';
import { isAlive } from './processes.js';
import { waitFor } from './wait.js';

/** Longer than anything here takes on a machine with much else to do. */
const DEADLINE = { deadlineMs: 60_000 };

/** Ports that the docs name, by what listens there. A service gets one that is free, and who asks it the one that it got. */
const PORTS: Readonly<Record<string, string>> = { 9464: 'metrics', 9465: 'dashboard' };

/** Folders of the machine that the docs name: those of the sandbox stand for them. */
const FOLDERS = ['etc/shop', 'run', 'var/log'];

const SERVER = `.createServer((request, response) => response.end('hello\\n')).listen(process.env.PORT ?? 3000);\n`;
const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "shop" }\n',
  'server.js': `require('node:http')${SERVER}`,
  'server.mjs': `import http from 'node:http';\nhttp${SERVER}`,
};

interface Running {
  pid: number;
  output(): string;
  hasEnded(): boolean;
  /** Nobody has its output any more. */
  closed: Promise<number | null>;
}

export class DocsSandbox {
  readonly #folder = mkdtempSync(join(tmpdir(), 'reuseport-docs-'));
  readonly #started: Running[] = [];
  #service: { command: string; running: Running } | null = null;

  constructor() {
    for (const folder of [...FOLDERS, 'bin', 'node_modules/.bin']) mkdirSync(this.#path(folder), { recursive: true });
    mkdirSync(this.#path('runtime'), { mode: 0o700 });
    for (const [name, text] of Object.entries(FILES)) writeFileSync(this.#path(name), text);
    for (const folder of ['bin', 'node_modules/.bin']) {
      const file = this.#path(folder, 'reuseport');
      writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${cliPath}' "$@"\n`);
      chmodSync(file, 0o755);
    }
  }

  /** Starts a service, after the former one has been stopped, and resolves when it has printed `until`. */
  async serve(command: string, until: RegExp, cwd = this.#folder): Promise<void> {
    if (this.#service?.command === command && (await this.#status()) !== null) return;
    await this.stop();
    const running = this.#start(await this.#adapt(command, () => Promise.resolve('0')), cwd);
    this.#service = { command, running };
    await this.#printed(running, until);
  }

  /** Runs a command to its end. */
  async end(command: string, shows: RegExp): Promise<void> {
    const running = this.#start(await this.#adapt(command, (name) => this.#portOf(name)));
    const code = await running.closed;
    assert.equal(code, 0, running.output());
    assert.match(running.output(), shows);
  }

  /** Runs a command that goes on until somebody interrupts it: when it has shown enough. */
  async watch(command: string, shows: RegExp): Promise<void> {
    const running = this.#start(await this.#adapt(command, (name) => this.#portOf(name)));
    await this.#printed(running, shows);
    process.kill(-running.pid, 'SIGINT');
    await running.closed;
  }

  /** Stops what serves, and sees that it ends as it should and leaves nobody. */
  async stop(): Promise<void> {
    const status = await this.#status();
    if (status !== null) {
      await this.#ask({ command: 'stop', mode: 'graceful' });
      const pids = [status.pid, ...status.workers.flatMap(({ pid }) => pid ?? [])];
      await waitFor('master and workers to be gone', () => !pids.some(isAlive), DEADLINE);
    }
    const running = this.#service?.running;
    this.#service = null;
    if (running !== undefined) assert.equal(await running.closed, 0, running.output());
  }

  /** Whatever has happened, nobody of it is left. */
  async remove(): Promise<void> {
    const master = await this.#status();
    for (const running of this.#started) if (!running.hasEnded()) process.kill(-running.pid, 'SIGKILL');
    if (master !== null && isAlive(master.pid)) process.kill(master.pid, 'SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #path(...names: string[]): string {
    return join(this.#folder, ...names);
  }

  /** null: nothing serves. */
  async #status(): Promise<Status | null> {
    try {
      return (await this.#ask({ command: 'status' })) as Status;
    } catch {
      return null;
    }
  }

  async #ask(request: ControlRequest): Promise<unknown> {
    const folder = this.#path('runtime', 'reuseport');
    const name = readdirSync(folder).find((entry) => entry.endsWith('.sock'));
    return askMaster(join(folder, name ?? 'none'), request);
  }

  async #adapt(command: string, portOf: (name: string) => Promise<string>): Promise<string> {
    let text = command;
    for (const [port, name] of Object.entries(PORTS)) {
      if (text.includes(port)) text = text.replaceAll(port, await portOf(name));
    }
    return FOLDERS.reduce((adapted, folder) => adapted.replaceAll(` /${folder}/`, ` ${this.#path(folder)}/`), text);
  }

  /** Where the service says that it listens, besides the program. */
  #portOf(name: string): Promise<string> {
    const state = () => this.#service?.running.output() ?? '';
    const told = new RegExp(`"event":"${name}","address":"[^"]*:(\\d+)"`);
    return waitFor(`the address of ${name}`, () => told.exec(state())?.[1], { ...DEADLINE, state });
  }

  async #printed(running: Running, what: RegExp): Promise<void> {
    const state = () => running.output();
    await waitFor(`it to print ${what}`, () => what.test(state()) || running.hasEnded(), { ...DEADLINE, state });
    assert.match(state(), what);
  }

  #start(command: string, cwd = this.#folder): Running {
    // A group of its own: what the shell starts is interrupted with it.
    const child = spawn('sh', ['-c', command], {
      cwd,
      env: this.#env(),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
    const running = { pid: child.pid ?? 0, output: () => output, hasEnded, closed };
    this.#started.push(running);
    return running;
  }

  #env(): NodeJS.ProcessEnv {
    const path = [this.#path('bin'), dirname(process.execPath), process.env['PATH']].join(delimiter);
    return {
      ...process.env,
      PATH: path,
      PORT: '0',
      XDG_RUNTIME_DIR: this.#path('runtime'),
      REUSEPORT_ORPHAN_GRACE: '0ms',
      npm_config_cache: this.#path('npm'),
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
    };
  }
}
