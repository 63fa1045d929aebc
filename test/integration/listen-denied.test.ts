import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { fixtures } from '../helpers/reuseport.js';
import { printedLines, serviceFor } from './listen-support.js';

const NOBODY = 65_534;
const unprivileged = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
const skip =
  process.getuid?.() !== 0
    ? 'needs root, to become another user'
    : unprivileged <= 80
      ? 'every user may have port 80 here'
      : false;

for (const host of [undefined, '127.0.0.1']) {
  test(
    `port 80 is denied to a user as under plain node, and the service goes on: ${host ?? 'no host'}`,
    { skip },
    async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'listen-denied-'));
      chownSync(folder, NOBODY, NOBODY);
      chmodSync(folder, 0o700);
      const env = { HOME: folder, ...(host === undefined ? {} : { DENIED_HOST: host }) };
      const control = join(folder, 'c.sock');
      const service = await serviceFor(t, ['--control', control, 'listen-denied.cjs'], {
        env,
        uid: NOBODY,
        workers: 1,
      });
      t.after(() => rmSync(folder, { recursive: true }));
      const [ours] = await printedLines(service, 1);
      assert.deepEqual(ours, await plainError(env));
    },
  );
}

function plainError(env: NodeJS.ProcessEnv): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = { uid: NOBODY, gid: NOBODY, env: { ...process.env, ...env, PLAIN: '1' } };
    execFile(process.execPath, [join(fixtures, 'listen-denied.cjs')], options, (error, stdout) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(error);
    });
  });
}
