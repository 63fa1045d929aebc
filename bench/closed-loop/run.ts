/** Runs a closed loop of others, with what it cost the client. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findTool } from '../debian.js';
import { installAutocannon } from '../install.js';
import { kill } from '../marked.js';
import type { ClientLoad } from '../steering/sample.js';
import { autocannon } from './autocannon.js';
import type { ClosedLoad, ClosedLoop, ClosedReport } from './closed-loop.js';
import { h2load } from './h2load.js';
import { oha } from './oha.js';
import { wrk } from './wrk.js';

export const closedLoops = { wrk, autocannon, h2load, oha } as const satisfies Readonly<Record<string, ClosedLoop>>;
export type ClosedLoopName = keyof typeof closedLoops;

export const isClosedLoop = (name: string): name is ClosedLoopName => Object.hasOwn(closedLoops, name);

const SPARE_MS = 20_000;

/** The program and the first words of its command line; or why it is not there. Installs what npm has. */
export async function locate(name: ClosedLoopName): Promise<string[] | string> {
  const { source }: ClosedLoop = closedLoops[name];
  if ('tool' in source) {
    const found = findTool(source.tool);
    return typeof found === 'string' ? found : [found.file];
  }
  const found = await installAutocannon();
  if (typeof found === 'string') return found;
  return [process.execPath, path.join(found.folder, 'node_modules', source.npm, `${source.npm}.js`)];
}

/** The shell waits for it and says what it used: POSIX `times`, whose second line is that of the children. */
const TIMED = '"$@"; status=$?; times >&2; exit $status';

/** CPU of user and system in nanoseconds. @throws Error when the shell has not said it. */
export function childrenTimes(stderr: string): { userNs: number; systemNs: number } {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  const [, ...parts] = /^(\d+)m([\d.]+)s (\d+)m([\d.]+)s$/.exec(line) ?? [];
  const [userMinutes, user, systemMinutes, system] = parts.map(Number);
  if (userMinutes === undefined || user === undefined || systemMinutes === undefined || system === undefined) {
    throw new Error(`no times in ${JSON.stringify(stderr)}`);
  }
  return { userNs: (userMinutes * 60 + user) * 1e9, systemNs: (systemMinutes * 60 + system) * 1e9 };
}

interface Ended {
  stdout: string;
  stderr: string;
  elapsedNs: number;
}

/** In a process group of its own: an interrupted run ends the shell and what it waits for. */
async function run(words: readonly string[], deadlineMs: number): Promise<Ended> {
  const beganNs = process.hrtime.bigint();
  const child = spawn('sh', ['-c', TIMED, 'sh', ...words], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = (): void => void (child.pid !== undefined && kill(-child.pid));
  const late = new AbortController();
  process.on('exit', end);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  void delay(deadlineMs, undefined, { signal: late.signal }).then(end, () => {});
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => resolve(signal ?? status));
    });
    if (code !== 0) throw new Error(`${words.join(' ')}: ${String(code)}\n${stderr}${stdout}`);
    return { stdout, stderr, elapsedNs: Number(process.hrtime.bigint() - beganNs) };
  } finally {
    process.off('exit', end);
    late.abort();
  }
}

export type ClosedResult = ClosedReport & ClientLoad;

/** @throws Error when it is not there, cannot do that, or fails. */
export async function runClosedLoop(name: ClosedLoopName, load: ClosedLoad): Promise<ClosedResult> {
  const { words, read, title }: ClosedLoop = closedLoops[name];
  const args = words(load);
  if (typeof args === 'string') throw new Error(args);
  const program = await locate(name);
  if (typeof program === 'string') throw new Error(program);
  const { stdout, stderr, elapsedNs } = await run(
    [...(load.launcher ?? []), ...program, ...args],
    load.seconds * 1_000 + SPARE_MS,
  );
  const report = read(stdout);
  const threads = Math.min(load.threads, availableParallelism());
  if (report.completed === 0) throw new Error(`${title}: no request was answered: ${stdout}`);
  return { ...report, mode: 'closed', threads, elapsedNs, cpu: childrenTimes(stderr) };
}
