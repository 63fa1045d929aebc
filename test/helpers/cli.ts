/** What the tests of the command line share: failing starts, strangers on a port, folders, raw control connections. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { unreadableFor } from './readable.js';
import { type Finished, fixtures, type LogLine, root, Service, type StartOptions } from './reuseport.js';

/** `nobody`, a user without rights. */
export const NOBODY = 65534;
export const cliPath = join(root, 'dist', 'bundle', 'cli.js');

/** Why tests that need a second user are skipped; false where they run. */
export const notRoot = process.getuid?.() === 0 ? unreadableFor(NOBODY) : 'needs root to act as another user';

/** A folder that goes away with the test file; others may enter it with mode 0755. */
export function temporaryFolder(mode = 0o755): string {
  const folder = mkdtempSync(join(tmpdir(), 'reuseport-cli-'));
  chmodSync(folder, mode);
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Failed extends Finished {
  logs: LogLine[];
  /** The line that says why there is no service. */
  failure: LogLine | undefined;
  pid: number;
}

/** Starts what cannot start, waits for its end, and sees that nothing is left. */
export async function failStart(args: readonly string[], options: StartOptions = {}): Promise<Failed> {
  const service = new Service(args, { ...options, ready: false });
  const finished = await service.finished;
  const { logs } = service;
  await service.end(null);
  return { ...finished, logs, failure: logs.find(({ event }) => event === 'failed'), pid: service.pid };
}

/** Asserts code and exit code of a start that failed after its log was open, and returns the message. */
export function assertFailed(failed: Failed, code: string, exitCode: number): string {
  assert.equal(failed.failure?.code, code, failed.stderr);
  assert.equal(failed.code, exitCode, failed.stderr);
  return failed.failure.msg;
}

/** Asserts that the command ended with one line: `reuseport: CODE: …`. */
export function assertRefused(finished: Finished, code: string, exitCode: number, message: RegExp): void {
  assert.ok(finished.stderr.startsWith(`reuseport: ${code}: `), finished.stderr);
  assert.match(finished.stderr, message);
  assert.equal(finished.stdout, '');
  assert.equal(finished.code, exitCode, finished.stderr);
}

export interface Holder {
  port: number;
  pid: number;
  end(): Promise<void>;
}

/** A process of its own that listens on a port. */
export function holdPort(args: readonly string[] = ['cli-holder.cjs'], uid?: number): Promise<Holder> {
  const [script = '', ...rest] = args;
  const child = spawn(process.execPath, [join(fixtures, script), ...rest], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the holder ended with ${code}`)));
    child.stdout.once('data', (data: Buffer) => {
      resolve({ port: Number(data.toString()), pid: child.pid ?? 0, end: () => endOf(child) });
    });
  });
}

export function endOf(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners('exit');
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}

/** Sends `text` to a control socket and returns all that comes back until it is closed. */
export function talk(path: string, text: string | Uint8Array, options: { half?: boolean } = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect({ path, allowHalfOpen: true });
    let received = '';
    socket.setEncoding('utf8');
    socket.on('data', (data: string) => {
      received += data;
      if (options.half !== true && received.endsWith('\n')) socket.end();
    });
    socket.on('error', () => {});
    socket.once('end', () => socket.end());
    socket.once('close', () => resolve(received));
    socket.write(text, () => {
      if (options.half === true) socket.end();
    });
  });
}
