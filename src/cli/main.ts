#!/usr/bin/env node
import { findControlPath } from '../config/find-control.js';
import type { ControlChoice } from '../config/find-control.js';
import { currentHost } from '../config/host.js';
import type { Status } from '../observe/status.js';
import type { ControlRequest } from '../supervisor/control-protocol.js';
import type { ReloadReport } from '../supervisor/reload-report.js';
import { type Arguments, parseArguments } from './arguments.js';
import { heedEarlySignals } from './early-signals.js';
import { explainError } from './explain-error.js';

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const explained = explainError(error);
    // A defect keeps its stack.
    if (explained === null) throw error;
    process.exitCode = explained.exitCode;
    process.stderr.on('error', () => {});
    process.stderr.write(`reuseport: ${explained.text}\n`);
  },
);

async function main(argv: readonly string[]): Promise<number> {
  const parsed = parseArguments(argv);
  switch (parsed.command) {
    case 'run': {
      heedEarlySignals();
      const { run } = await import('./run.js');
      return run(parsed.flags);
    }
    case 'check': {
      const { check } = await import('./check.js');
      return print(`${await check(parsed.json, parsed.pool)}\n`);
    }
    case 'check-config': {
      const { checkConfig } = await import('./check-config.js');
      return print(`${await checkConfig(parsed.flags, parsed.json, parsed.pool)}\n`);
    }
    case 'bench': {
      const { bench } = await import('./bench.js');
      return bench(parsed, argv);
    }
    case 'top': {
      const { watchService } = await import('./top.js');
      await watchService(await controlPathOf(parsed.target), parsed.intervalMs);
      return 0;
    }
    case 'help': {
      const { helpText } = await import('./help.js');
      return print(helpText(parsed.topic));
    }
    case 'version': {
      const { packageInfo } = await import('./package-info.js');
      return print(`${packageInfo().version}\n`);
    }
    case 'status':
    case 'reload':
    case 'upgrade':
    case 'stop':
    case 'scale':
    case 'steer':
      return control(parsed);
    default:
      return parsed satisfies never;
  }
}

type ControlArguments = Exclude<Extract<Arguments, { target: ControlChoice }>, { command: 'top' }>;

async function controlPathOf(target: ControlChoice): Promise<string> {
  const { listMasters } = await import('./list-masters.js');
  return findControlPath(target, { ...currentHost(), listFolder: listMasters });
}

async function control(parsed: ControlArguments): Promise<number> {
  const { askMaster } = await import('./control-client.js');
  const path = await controlPathOf(parsed.target);
  const timeoutMs = 'timeoutMs' in parsed ? parsed.timeoutMs : undefined;
  const result = await askMaster(path, requestOf(parsed), timeoutMs);
  return print(`${await describe(parsed, result)}\n`);
}

/** Writes to standard output and returns the exit code. A reader that has gone away (`… | head -1`) is no error. */
function print(text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') resolve(0);
      else reject(error);
    });
    process.stdout.write(text, (error) => {
      if (!error) resolve(0);
    });
  });
}

function requestOf(parsed: ControlArguments): ControlRequest {
  switch (parsed.command) {
    case 'stop':
      return { command: 'stop', mode: parsed.quick ? 'quick' : 'graceful' };
    case 'scale':
      return { command: 'scale', workers: parsed.workers };
    case 'steer':
      return { command: 'steer', policy: parsed.policy };
    case 'reload':
    case 'upgrade':
    case 'status':
      return { command: parsed.command };
    default:
      return parsed satisfies never;
  }
}

async function describe(parsed: ControlArguments, result: unknown): Promise<string> {
  if (parsed.command === 'status') {
    if (parsed.json) return JSON.stringify(result);
    const { formatStatus } = await import('./show-status.js');
    return formatStatus(result as Status);
  }
  if (parsed.command === 'reload') {
    if (parsed.json) return JSON.stringify(result);
    const { formatReload } = await import('./show-reload.js');
    return formatReload(result as ReloadReport);
  }
  const fields = result as Record<string, number>;
  const workers = fields['workers'] === 1 ? '1 worker' : `${fields['workers']} workers`;
  switch (parsed.command) {
    case 'upgrade':
      return `upgraded: master ${fields['pid']} is in charge, and has replaced the workers`;
    case 'scale':
      return `${workers} ${fields['workers'] === 1 ? 'serves' : 'serve'}`;
    case 'steer':
      return `steering is ${fields['used']} now (${fields['why']})`;
    case 'stop':
      return 'stopped';
    default:
      return parsed satisfies never;
  }
}
