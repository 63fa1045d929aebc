// What process 1 of a container becomes: here as any process, of which a shell has made it with the master as its child.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { companionOf } from '../../src/native/companions.js';
import { addonPath } from '../../src/native/load.js';
import { until } from './support.js';

const init = companionOf(addonPath(), 'reuseport-init');
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU'] as const;
/** By which it is told who the next master is. */
const HANDOVER = 64;

const prologue = `
  const addon = require(process.env.ADDON);
  const { spawn } = require('node:child_process');
`;

/** A program that does `first`, says that it is there, and then each signal that it gets; SIGTERM ends it with that code. */
const master = (code: number, first = '') => `
  ${prologue}
  for (const signal of ${JSON.stringify(SIGNALS)}) process.on(signal, () => {
    console.log(signal);
    if (signal === 'SIGTERM') process.exit(${code});
  });
  ${first}
  console.log('there', process.pid, process.ppid);
  setInterval(() => {}, 1000);
`;

/** Part of a program: starts that one as the next master, and says so. */
const handOver = (program: string) => `
  const next = spawn(process.execPath, ['-e', ${JSON.stringify(program)}], { stdio: 'inherit' });
  addon.queueSignal(process.ppid, ${HANDOVER}, next.pid);
`;

/** Part of a program: waits until the shell that has started it is the init. */
const wait = `
  const { readFileSync } = require('node:fs');
  while (readFileSync('/proc/' + process.ppid + '/comm', 'utf8') !== 'reuseport-init\\n');
`;

class Init {
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #said = '';

  constructor(command: readonly string[], program: string) {
    const [file = '', ...args] = command;
    const env = { ...process.env, ADDON: addonPath(), PROGRAM: program, NODE: process.execPath, INIT: init };
    this.#child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child.stdout?.on('data', (data: Buffer) => (this.#said += data.toString()));
    this.ended = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  /** With the program as its child. */
  static of(program: string): Init {
    return new Init(['sh', '-c', '"$NODE" -e "$PROGRAM" & exec "$INIT" $!'], program);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Until the masters have said so many lines that begin like this. */
  async said(text: string, count = 1): Promise<string[]> {
    const lines = () =>
      this.#said
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith(text));
    await until(
      () => lines().length >= count,
      () => this.#said,
    );
    return lines();
  }

  /** The pid of its child. */
  async child(): Promise<number> {
    const lines = await this.said('there');
    const [, pid] = lines.find((line) => line.endsWith(` ${this.#child.pid}`))?.split(' ') ?? [];
    assert.ok(pid !== undefined, lines.join());
    return Number(pid);
  }
}

test('it ends with the exit code of the master', async () => {
  const running = Init.of(master(7, wait));
  await running.said('there');
  running.kill('SIGTERM');
  assert.equal(await running.ended, 7);
});

test('where a signal has killed the master it ends with 128 and the number of that', async () => {
  const running = Init.of(master(0, wait));
  process.kill(await running.child(), 'SIGKILL');
  assert.equal(await running.ended, 137);
});

test('it passes on what a master understands, and does not end of it', async () => {
  const running = Init.of(master(0, wait));
  await running.said('there');
  for (const signal of SIGNALS.toReversed()) {
    running.kill(signal);
    await running.said(signal);
  }
  assert.equal(await running.ended, 0);
});

test('from a handover on it serves the next master, and the end of the former one is nothing to it', async () => {
  const running = Init.of(master(1, wait + handOver(master(5))));
  await running.said('there', 2);
  process.kill(await running.child(), 'SIGTERM');
  await running.said('SIGTERM');
  running.kill('SIGHUP');
  await running.said('SIGHUP');
  running.kill('SIGTERM');
  assert.equal(await running.ended, 5);
});

test('a master may end in the moment that it hands over', async () => {
  const running = Init.of(master(1, `${wait + handOver(master(6))} process.exit(1);`));
  await running.said('there');
  running.kill('SIGTERM');
  assert.equal(await running.ended, 6);
});

test('it ends when the next master has ended before the former one', async () => {
  const running = Init.of(master(0, `${wait + handOver('')} next.once('exit', () => console.log('gone'));`));
  await running.said('gone');
  process.kill(await running.child(), 'SIGTERM');
  assert.equal(await running.ended, 1);
});

test('nobody but the master hands over', async () => {
  const running = Init.of(master(0, wait));
  const pid = await running.child();
  const script = `${prologue} addon.queueSignal(Number(process.argv[1]), ${HANDOVER}, process.pid);`;
  const env = { ...process.env, ADDON: addonPath() };
  const stranger = spawn(process.execPath, ['-e', script, String(running.pid)], { env, stdio: 'inherit' });
  assert.deepEqual(await once(stranger, 'exit'), [0, null]);
  running.kill('SIGHUP');
  await running.said('SIGHUP');
  process.kill(pid, 'SIGTERM');
  assert.equal(await running.ended, 0);
});

test('signals that come while a process becomes the init are not lost', async () => {
  const says = "require('node:fs').writeSync(3, 'I have my handlers');";
  const becomes = `
    ${prologue}
    const { constants: { signals } } = require('node:os');
    const next = spawn(process.execPath, ['-e', ${JSON.stringify(master(4, says))}], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
    next.stdio[3].once('data', () => {
      addon.holdSignals(${JSON.stringify(SIGNALS)}.map((name) => signals[name]));
      for (const signal of ${JSON.stringify(SIGNALS)}) process.kill(process.pid, signal);
      addon.become(process.env.INIT, 'reuseport-init', String(next.pid));
    });
  `;
  const running = new Init([process.execPath, '-e', becomes], '');
  assert.equal(await running.ended, 4);
});
