/** What rolling-restart.mjs of examples/haproxy loses, by its own count. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { root } from './reuseport.js';

interface Restarted {
  failed: number;
  requests: number;
  restarts: number;
  reasons: Record<string, number>;
  hosts: Record<string, number>;
  seen: Record<string, string>;
}

export async function assertNothingLost(t: TestContext, ...words: string[]): Promise<void> {
  const script = join(root, 'examples', 'haproxy', 'rolling-restart.mjs');
  const child = spawn(process.execPath, [script, '--requests', '2000', ...words], { stdio: 'pipe' });
  t.after(() => child.kill());
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 3) {
    t.skip(stderr.trim());
    return;
  }
  const result = JSON.parse(stdout || '{}') as Restarted;
  assert.deepEqual([code, result.failed, result.reasons], [0, 0, {}], stdout + stderr);
  assert.ok(result.requests >= 2000 && result.restarts >= 3, stdout);
  assert.deepEqual(Object.keys(result.hosts).toSorted(), ['one', 'three', 'two']);
  assert.deepEqual(result.seen, { forwarded: '198.18.0.1', proxyV2: '198.18.0.1', proxyV1: '198.18.0.1' });
}
