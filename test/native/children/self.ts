// Gives itself a title, and runs on one processor; then on one that there is not.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { SystemError } from '../../../src/native/addon.js';
import { loadAddon } from '../../../src/native/load.js';

const addon = loadAddon();
const ALLOWED = /^Cpus_allowed_list:\s+(\S+)$/m;

function allowedOf(thread: string): string {
  return ALLOWED.exec(readFileSync(`/proc/self/task/${thread}/status`, 'utf8'))?.[1] ?? '?';
}

function refusal(): string {
  try {
    addon.runOn(8191);
    return 'none';
  } catch (error) {
    return (error as SystemError).code;
  }
}

const shown = addon.setTitle('reuseport: a title');
addon.runOn(Number(process.argv[2]));
const child = execFileSync('grep', ['Cpus_allowed_list', '/proc/self/status'], { encoding: 'utf8' });
console.log(
  JSON.stringify({
    shown,
    commandLine: readFileSync('/proc/self/cmdline', 'utf8').replace(/\0+$/, ''),
    allowed: readdirSync('/proc/self/task').map(allowedOf),
    childAllowed: child.split(/\s+/)[1],
    refused: refusal(),
  }),
);
