/** `reuseport top`: the service as it is from moment to moment, and keys to change it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Status } from '../observe/status.js';
import type { ControlRequest } from '../supervisor/control-protocol.js';
import { frame } from './frame.js';
import { plainHeader, plainLine } from './plain.js';
import { type Key, type Mode, press } from './prompt.js';
import { processesOf, type Reading, type Sample, sampleOf } from './sample.js';
import { Terminal } from './terminal.js';

export interface TopOptions {
  intervalMs: number;
  /** Of the service; rejects with what it refuses, and when it does not answer. */
  ask: (request: ControlRequest) => Promise<unknown>;
}

const ENDING = ['SIGINT', 'SIGTERM'] as const;

/** Until `q`, a signal, or the end of who reads it. Rejects when the service does not answer at first; without a terminal also later. */
export async function top(options: TopOptions): Promise<void> {
  const ended = new AbortController();
  const end = () => ended.abort();
  for (const signal of ENDING) process.on(signal, end);
  if (process.stdout.isTTY) dieWithTerminal();
  // A reader that has gone away (`… | head`) is no error.
  else process.stdout.on('error', end);
  try {
    if (process.stdout.isTTY) await new LiveTop(options, end).run(ended.signal);
    else await printLines(options, ended.signal);
  } finally {
    for (const signal of ENDING) process.off(signal, end);
  }
}

/** At once, and by the signal: Node's own end would put a terminal back that is gone, at which Node 20 aborts. */
function hangUp(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

function dieWithTerminal(): void {
  process.on('SIGHUP', hangUp);
  process.stdout.on('error', hangUp);
  if (process.stdin.isTTY) process.stdin.on('error', hangUp).on('end', hangUp);
}

async function read({ ask }: TopOptions): Promise<Reading> {
  const status = (await ask({ command: 'status' })) as Status;
  return { status, atMs: performance.now() };
}

async function printLines(options: TopOptions, signal: AbortSignal): Promise<void> {
  let before = await read(options);
  process.stdout.write(`${plainHeader()}\n`);
  while (await passed(options.intervalMs, signal)) {
    const now = await read(options);
    process.stdout.write(`${plainLine(sampleOf(now, before), new Date())}\n`);
    before = now;
  }
}

/** False when the end has come before. */
async function passed(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal }).catch(() => false);
}

class LiveTop {
  readonly #options: TopOptions;
  readonly #end: () => void;
  #reading: Reading | null = null;
  #sample: Sample | null = null;
  #mode: Mode = { kind: 'watching' };
  #message = '';
  /** What the master has been asked for, while it is at it. */
  #doing: string | null = null;
  #terminal: Terminal | null = null;

  constructor(options: TopOptions, end: () => void) {
    this.#options = options;
    this.#end = end;
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#look();
    const keys = process.stdin.isTTY ? process.stdin : null;
    this.#terminal = new Terminal(process.stdout, keys, process.env, {
      key: (key) => this.#press(key),
      changed: () => this.#show(),
    });
    try {
      this.#show();
      while (await passed(this.#options.intervalMs, signal)) {
        if (this.#mode.kind !== 'paused') await this.#lookAgain();
        if (!signal.aborted) this.#show();
      }
    } finally {
      this.#terminal.close();
    }
  }

  async #look(): Promise<void> {
    const now = await read(this.#options);
    this.#sample = sampleOf(now, this.#reading);
    this.#reading = now;
  }

  /** A master that is gone may come back: it was killed, and another takes over. */
  async #lookAgain(): Promise<void> {
    try {
      await this.#look();
      if (this.#message.startsWith(SILENT)) this.#message = '';
    } catch (error) {
      this.#message = `${SILENT}: ${(error as Error).message}`;
    }
  }

  #show(): void {
    if (this.#sample === null || this.#terminal === null) return;
    const view = { sample: this.#sample, mode: this.#mode, message: this.#message };
    this.#terminal.show(frame(view, this.#terminal.screen));
  }

  #press(key: Key): void {
    if (this.#sample === null) return;
    const { status } = this.#sample;
    const { mode, action } = press(this.#mode, key, { workers: processesOf(status), used: status.steer.used });
    this.#mode = mode;
    if (action?.kind === 'quit') return this.#end();
    if (action !== undefined) void this.#do(action.request, action.doing);
    this.#show();
  }

  async #do(request: ControlRequest, doing: string): Promise<void> {
    if (this.#doing !== null) {
      this.#message = `still ${this.#doing}`;
      return;
    }
    this.#doing = doing;
    this.#message = `${doing} …`;
    const startedAt = performance.now();
    try {
      await this.#options.ask(request);
      this.#message = `${doing}: done after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
    } catch (error) {
      this.#message = `${doing}: ${(error as Error).message}`;
    }
    this.#doing = null;
    this.#show();
  }
}

const SILENT = 'no answer';
