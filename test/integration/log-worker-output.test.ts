// What workers write on standard output and error arrives as they wrote it, byte for byte.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliPath, endOf, temporaryFolder } from '../helpers/cli.js';
import { fixtures } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

/** What cli-output.mjs writes. */
function expected(size: number): Buffer {
  return Buffer.alloc(
    size,
    Uint8Array.from({ length: 251 }, (_, index) => index),
  );
}

function bytesOf(chunks: Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Runs cli-output.mjs with one worker until both streams have what they should, and returns all of it. */
async function outputs(
  size: number,
  errors: boolean,
): Promise<{ stdout: Buffer; stderr: Buffer; code: number | null }> {
  const control = join(temporaryFolder(), 'c.sock');
  const args = [cliPath, '-w', '1', '--log-level', 'silent', '--control', control, 'cli-output.mjs'];
  const child = spawn(process.execPath, args, {
    cwd: fixtures,
    env: { ...process.env, SIZE: String(size), ERRORS: errors ? 'yes' : 'no' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (data: Buffer) => stdout.push(data));
  child.stderr.on('data', (data: Buffer) => stderr.push(data));
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  try {
    await waitFor('all bytes', () => bytesOf(stdout) >= size && bytesOf(stderr) >= (errors ? size : 0), {
      state: () => [bytesOf(stdout), bytesOf(stderr)],
    });
    child.kill('SIGTERM');
    return { code: await closed, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) };
  } finally {
    await endOf(child);
  }
}

test('binary output without a newline at its end passes untouched', async () => {
  const { stdout, stderr, code } = await outputs(1_000, true);
  assert.ok(stdout.equals(expected(1_000)));
  assert.ok(stderr.equals(expected(1_000)));
  assert.equal(code, 0);
});

test('ten megabytes pass untouched', async () => {
  const size = 10 * 1_048_576;
  const { stdout } = await outputs(size, false);
  assert.equal(stdout.length, size);
  assert.equal(digest(stdout), digest(expected(size)));
});
