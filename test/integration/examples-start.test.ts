// `npm start`: an example on every core, with what to try next; Ctrl-C ends it cleanly.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { endOf, holdPort, temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { childrenOf, isAlive } from '../helpers/processes.js';
import { root } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

/** Starts what `npm start` starts; two workers, a port of its own, and a runtime folder of its own. */
function start(port: string) {
  const env = { ...process.env, PORT: port, XDG_RUNTIME_DIR: temporaryFolder(0o700), REUSEPORT_LOG_FORMAT: 'pretty' };
  const child = spawn(process.execPath, [join(root, 'scripts', 'start.mjs'), '-w', '2'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, closed, output: () => output };
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`it says where it serves and what to try, and ${signal} ends all of it with exit code 0`, async () => {
    const { child, closed, output } = start('0');
    try {
      await waitFor('the hints', () => output().includes('Ctrl-C here'), { state: output });
      assert.match(output(), /example serves on 127\.0\.0\.1:\d+: 2 workers, steering .*\n\nTry, in another terminal:/);
      const port = Number(/curl http:\/\/127\.0\.0\.1:(\d+)\//.exec(output())?.[1]);
      assert.match((await get(port)).body, /^slot [01], pid \d+, generation 1: \/\n$/);
      const [master = 0] = childrenOf(child.pid ?? 0);
      const workers = childrenOf(master);
      child.kill(signal);
      assert.equal(await closed, 0, output());
      assert.match(output(), new RegExp(`stopping \\(${signal === 'SIGINT' ? 'quick' : 'graceful'}\\)`));
      assert.deepEqual([master, ...workers].filter(isAlive), []);
    } finally {
      await endOf(child);
    }
  });
}

test('a port that is taken is told with its holder, and nothing is offered to try', async () => {
  const holder = await holdPort();
  const { closed, output } = start(String(holder.port));
  assert.equal(await closed, 3, output());
  assert.match(output(), new RegExp(`ERR_STRANGER: 127\\.0\\.0\\.1:${holder.port} is taken: pid ${holder.pid} \\(`));
  assert.doesNotMatch(output(), /Try, in another terminal/);
  await holder.end();
});
