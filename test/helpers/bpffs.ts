/** A bpffs of the test's own, in a mount namespace that ends with the test, however it ends. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { steeringDenied } from './steering.js';

/** Why what needs a bpffs cannot be tested here, as the reason of a skip; false when it can. */
export function bpffsDenied(): string | false {
  const denied = steeringDenied();
  if (denied !== false) return denied;
  const folder = mkdtempSync(join(tmpdir(), 'reuseport-bpffs-'));
  const { status, stderr, error } = spawnSync('unshare', ['-m', 'mount', '-t', 'bpf', 'bpf', folder]);
  rmdirSync(folder);
  return status === 0 ? false : `needs a bpffs of its own (${error?.message ?? stderr.toString().trim()})`;
}

export interface PrivateBpffs {
  /** Where it is seen from outside of its namespace. */
  path: string;
  end(): Promise<void>;
}

export async function mountBpffs(): Promise<PrivateBpffs> {
  const folder = mkdtempSync(join(tmpdir(), 'reuseport-bpffs-'));
  const script = 'mount -t bpf bpf "$0" && echo mounted && exec cat';
  const holder = spawn('unshare', ['-m', 'sh', '-c', script, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(holder, 'exit');
  await once(holder.stdout, 'data');
  return {
    path: `/proc/${holder.pid}/root${folder}`,
    end: async () => {
      holder.stdin.end();
      await exited;
      rmdirSync(folder);
    },
  };
}
