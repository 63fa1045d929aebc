/** `npm start`: sets up what is missing, then serves an example on every core and says what to try. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureSetup, root } from './lib/setup.mjs';

const NAME = 'example';

await ensureSetup();

const cli = join(root, 'dist', 'bundle', 'cli.js');
const script = join('examples', 'http-server.mjs');
// Of a session of its own: a Ctrl-C reaches this process alone, which passes it on once. Twice would mean "at once".
const child = spawn(process.execPath, [cli, script, '--name', NAME, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  detached: true,
});
const exit = new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT']) process.on(signal, () => child.kill(signal));
// The terminal goes away: a reload would be of no use to anyone.
process.on('SIGHUP', () => child.kill('SIGTERM'));

const url = await Promise.race([exit.then(() => null), whenServing()]);
if (url !== null) process.stderr.write(hints(url));
process.exitCode = await exit;

/** The URL of the example once every worker is ready. */
async function whenServing() {
  const { askMaster } = await import('../dist/src/cli/control-client.js');
  const { findControlPath } = await import('../dist/src/config/find-control.js');
  const { currentHost } = await import('../dist/src/config/host.js');
  const control = await findControlPath({ name: NAME, control: undefined }, { ...currentHost(), listFolder: () => [] });
  while (child.exitCode === null) {
    const status = await askMaster(control, { command: 'status' }).catch(() => null);
    const [listener] = status?.listeners ?? [];
    const isReady = status?.pid === child.pid && status.workers.every(({ state }) => state === 'ready');
    if (isReady && listener !== undefined) return `http://${hostOf(listener)}:${listener.port}/`;
    await delay(50);
  }
  return null;
}

/** @param {{ address: string, family: string }} listener */
function hostOf({ address, family }) {
  if (address === '0.0.0.0' || address === '::') return 'localhost';
  return family === 'IPv6' ? `[${address}]` : address;
}

/** @param {string} url */
function hints(url) {
  const command = `node ${join('dist', 'bundle', 'cli.js')}`;
  return `
Try, in another terminal:
  curl ${url}   again and again: another worker, by the kernel's choice
  ${command} status    the workers and their listeners
  ${command} reload    replaces every worker; no connection is lost
  ${command} scale 1   any number of workers, while it serves
  ${command} stop      the same as Ctrl-C here

`;
}
