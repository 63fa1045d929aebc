import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { inProject, loadgenFile } from '../../bench/paths.js';
import { temporaryFolder } from '../helpers/cli.js';
import { waitFor } from '../helpers/wait.js';

/** Processes whose environment names this folder: all that the run starts. */
function processesOf(folder: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const environment = read(`/proc/${pid}/environ`);
      if (!environment.includes(folder)) return [];
      return [{ pid: Number(pid), command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ') }];
    });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // it has ended
  }
}

test(
  'an interrupted endurance run leaves no process and no file behind',
  { skip: existsSync(loadgenFile) ? false : 'loadgen is not built: npm run bench builds it' },
  async () => {
    const folder = temporaryFolder();
    const main = inProject('dist', 'bench', 'endurance', 'main.js');
    const load = ['--rate', '20', '--keep-alive', '5', '--websockets', '0'];
    const options = ['--only', 'reload', '--rivals', 'cluster', '--workers', '2', ...load];
    const run = spawn(process.execPath, [main, ...options, '--out', path.join(folder, 'result.json')], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = once(run, 'exit');
    const runs = (...names: string[]): boolean => {
      const commands = processesOf(folder).map(({ command }) => command);
      return names.every((name) => commands.some((command) => command.includes(name)));
    };
    const everything = (): boolean => runs('loadgen', 'clients.js', 'cluster.cjs', 'server.cjs');
    await waitFor('the load on the cluster', () => run.exitCode !== null || everything(), {
      deadlineMs: 60_000,
      state: () => processesOf(folder),
    });

    run.kill('SIGTERM');
    assert.deepEqual(await ended, [143, null]);
    // Those that were killed may not have gone yet.
    await waitFor('the end of all of it', () => processesOf(folder).length === 0, { state: () => processesOf(folder) });
    assert.deepEqual(readdirSync(folder), []);
  },
);
