/** The command under measurement, and one-line calls of it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Status } from '../../src/observe/status.js';
import { freePort } from '../free-port.js';
import { inProject } from '../paths.js';
import { ServerProcess } from '../server-process.js';

const run = promisify(execFile);
export const cliFile = inProject('dist', 'bundle', 'cli.js');
export const programFile = inProject('bench', 'rivals', 'single.cjs');

export interface Service {
  port: number;
  server: ServerProcess;
  /** Runs a control command; rejects when it fails. */
  command(...args: string[]): Promise<string>;
  status(): Promise<Status>;
  stop(): Promise<void>;
}

export interface Started {
  /** Runs the command and its workers; default: this one. */
  node?: string;
  /** Default: the program that answers every request alike. */
  program?: string;
  env?: Record<string, string>;
}

export async function startService(
  workers: number,
  options: readonly string[] = [],
  { node = process.execPath, program = programFile, env: more = {} }: Started = {},
): Promise<Service> {
  const folder = mkdtempSync(path.join(tmpdir(), 'reuseport-bench-'));
  const control = path.join(folder, 'control.sock');
  const host = '127.0.0.1';
  const port = await freePort(host);
  const args = [cliFile, 'run', program, '--workers', String(workers), '--control', control, ...options];
  const address = { BENCH_HOST: host, BENCH_PORT: String(port), BENCH_BACKLOG: '511', PORT: String(port) };
  const env = { ...address, NODE_ENV: 'production', ...more };
  const server = new ServerProcess({ file: node, args, env }, { host, port, workers, backlogConnections: 511 });
  await server.ready();
  const command = async (...words: string[]) => {
    const { stdout } = await run(process.execPath, [cliFile, ...words, '--control', control]);
    return stdout;
  };
  return {
    port,
    server,
    command,
    status: async () => JSON.parse(await command('status', '--json')) as Status,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
