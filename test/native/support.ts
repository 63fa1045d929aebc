import assert from 'node:assert/strict';
import { spawn, spawnSync, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

import type { NativeChannelHandlers, SystemError } from '../../src/native/addon.js';
import { loadAddon } from '../../src/native/load.js';

export const addon = loadAddon();

const deadlineMs = 20_000;

// With its first stream libuv opens /dev/null and keeps it: not a leak of what is tested.
const firstStream = createServer().listen(0, '127.0.0.1');
await once(firstStream, 'listening');
firstStream.close();
await once(firstStream, 'close');

/** How many descriptors this process has open (with the one of the directory itself, so compare only). */
export function countDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** The open descriptors and what they are, as in `17 socket:[4711]`. */
function listDescriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      // The one that read the directory.
      return [];
    }
  });
}

/** Runs `action` and asserts that it leaves the same descriptors open as there were. */
export async function keepsDescriptors(action: () => unknown): Promise<void> {
  const before = listDescriptors();
  await action();
  const difference = (): string[] => {
    const now = listDescriptors();
    return [
      ...now.filter((one) => !before.includes(one)).map((one) => `new: ${one}`),
      ...before.filter((one) => !now.includes(one)).map((one) => `gone: ${one}`),
    ];
  };
  await until(
    () => difference().length === 0,
    () => difference().join(', '),
  );
}

/** Waits for a condition turn by turn of the loop, and tells the last state when the deadline passes. */
export async function until(condition: () => boolean, state: () => unknown): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!condition()) {
    assert.ok(Date.now() < end, `condition not met within ${deadlineMs} ms: ${String(state())}`);
    await new Promise(setImmediate);
  }
}

export interface Recorder {
  handlers: NativeChannelHandlers;
  messages: { text: string; fds: number[] }[];
  closes: (SystemError | undefined)[];
}

/** Handlers that write down what they get. */
export function recorder(onMessage?: (data: Buffer, fds: number[]) => void): Recorder {
  const messages: Recorder['messages'] = [];
  const closes: Recorder['closes'] = [];
  const handlers: NativeChannelHandlers = {
    onMessage(data, fds) {
      messages.push({ text: data.toString(), fds });
      onMessage?.(data, fds);
    },
    onClose(error) {
      closes.push(error);
    },
  };
  return { handlers, messages, closes };
}

/** Asserts that `action` throws a SystemError with these fields, and that its message is made of them. */
export function assertSystemError(action: () => unknown, fields: Omit<SystemError, keyof Error>): void {
  assert.throws(action, (error: unknown) => {
    assert.ok(error instanceof Error);
    checkSystemError(error as SystemError, fields);
    return true;
  });
}

export function checkSystemError(error: SystemError | undefined, fields: Omit<SystemError, keyof Error>): void {
  assert.ok(error instanceof Error, `expected a SystemError, got ${String(error)}`);
  const { code, errno, syscall, subject } = error;
  assert.deepEqual({ code, errno, syscall, subject }, fields);
  assert.ok(error.message.startsWith(`${syscall} ${subject}: ${code} (`), error.message);
}

export async function connectTo(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host });
  await once(socket, 'connect');
  return socket;
}

/** A TCP listener on a free loopback port. */
export function listenOn(address = '127.0.0.1', backlogConnections = 128): { fd: number; port: number } {
  const fd = addon.bindTcpListener({ address, port: 0 });
  addon.listen(fd, backlogConnections);
  return { fd, port: addon.listenerInfo(fd).port };
}

export interface ChildOptions {
  /** Descriptors that the child finds as 3, 4, … */
  fds?: readonly number[];
  nodeArguments?: readonly string[];
  /** Hard limit of open descriptors. */
  descriptorLimit?: number;
  user?: number;
  /** A command that runs it, such as nsenter. */
  within?: readonly string[];
}

export interface ChildResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs `children/<name>.js` to its end. */
export async function runChild(name: string, arguments_: string[], options: ChildOptions = {}): Promise<ChildResult> {
  const script = fileURLToPath(new URL(`./children/${name}.js`, import.meta.url));
  const node = [process.execPath, ...(options.nodeArguments ?? []), script, ...arguments_];
  const limit = options.descriptorLimit;
  // Node lifts its soft limit to the hard one, so that the shell has to set both.
  const line = limit === undefined ? node : ['/bin/sh', '-c', `ulimit -n ${limit} && exec "$@"`, 'sh', ...node];
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', ...(options.fds ?? [])];
  const [file = '', ...rest] = [...(options.within ?? []), ...line];
  const identity = options.user === undefined ? {} : { uid: options.user, gid: options.user };
  const child = spawn(file, rest, { stdio, timeout: deadlineMs, ...identity });
  const result: ChildResult = { code: null, signal: null, stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (result.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (result.stderr += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { ...result, code, signal };
}

/** Like {@link runChild}; the child must succeed. Returns its last line of output, decoded. */
export async function childAnswer(name: string, arguments_: string[], options?: ChildOptions): Promise<unknown> {
  const result = await runChild(name, arguments_, options);
  assert.equal(result.code, 0, `child ${name} failed: ${JSON.stringify(result)}`);
  return JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '') as unknown;
}

/** Reason to skip tests that need Python for calls that the addon does not offer; false when it is there. */
export const noPython: string | false =
  spawnSync('python3', ['-c', '']).status === 0 ? false : 'python3 is not installed';

/** Runs a Python program with `fds` as 3, 4, …; returns its standard output. */
export function python(code: string, fds: readonly number[]): string {
  const result = spawnSync('python3', ['-c', code], {
    stdio: ['ignore', 'pipe', 'pipe', ...fds],
    encoding: 'utf8',
    timeout: deadlineMs,
  });
  assert.equal(result.status, 0, result.stderr);
  return result.stdout.trim();
}
