#!/usr/bin/env node
import { readdir } from 'node:fs/promises';
import { findControlPath } from '../config/find-control.js';
import type { ControlChoice } from '../config/find-control.js';
import { currentHost } from '../config/host.js';
import { ReuseportError } from '../errors.js';
import type { Status } from '../observe/status.js';
import type { ControlRequest } from '../supervisor/control-protocol.js';
import { type Arguments, parseArguments } from './arguments.js';

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    // Anything but our own errors is a defect: it keeps its stack.
    if (!(error instanceof ReuseportError)) throw error;
    process.stderr.write(`reuseport: ${error.code}: ${error.message}\n`);
    process.exitCode = error.exitCode;
  },
);

async function main(argv: readonly string[]): Promise<number> {
  const parsed = parseArguments(argv);
  switch (parsed.command) {
    case 'run': {
      const { run } = await import('./run.js');
      return run(parsed.flags);
    }
    case 'help': {
      const { helpText } = await import('./help.js');
      process.stdout.write(`${helpText(parsed.topic)}\n`);
      return 0;
    }
    case 'version': {
      const { packageInfo } = await import('./package-info.js');
      process.stdout.write(`${packageInfo().version}\n`);
      return 0;
    }
    case 'status':
    case 'reload':
    case 'stop':
    case 'scale':
      return control(parsed);
    default:
      return parsed satisfies never;
  }
}

type ControlArguments = Extract<Arguments, { target: ControlChoice }>;

async function control(parsed: ControlArguments): Promise<number> {
  const { askMaster } = await import('./control-client.js');
  const path = await findControlPath(parsed.target, { ...currentHost(), listFolder });
  const timeoutMs = parsed.command === 'status' ? undefined : parsed.timeoutMs;
  const result = await askMaster(path, requestOf(parsed), timeoutMs);
  process.stdout.write(`${await describe(parsed, result)}\n`);
  return 0;
}

function requestOf(parsed: ControlArguments): ControlRequest {
  switch (parsed.command) {
    case 'stop':
      return { command: 'stop', mode: parsed.quick ? 'quick' : 'graceful' };
    case 'scale':
      return { command: 'scale', workers: parsed.workers };
    case 'reload':
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
  const fields = result as Record<string, number>;
  switch (parsed.command) {
    case 'reload':
      return `reloaded: generation ${fields['generation']}, ${fields['workers']} workers, ${fields['tookMs']} ms`;
    case 'scale':
      return `${fields['workers']} workers serve`;
    case 'stop':
      return 'stopped';
    default:
      return parsed satisfies never;
  }
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
