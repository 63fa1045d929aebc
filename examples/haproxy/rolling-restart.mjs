/**
 * Restarts three hosts one after the other under load, behind HAProxy, and counts what clients lose:
 * `sudo node rolling-restart.mjs --requests 500000`. Each host is a network namespace of this machine; all of them go with it.
 *
 *   clients ── 198.18.0.0/30 ── proxy ─┬─ 198.18.1.0/30 ── one
 *                                      ├─ 198.18.2.0/30 ── two
 *                                      └─ 198.18.3.0/30 ── three
 *
 * `--untold` restarts hosts without a word to HAProxy, which then has to find out. Exit code: 0 nothing lost, 1 something was,
 * 3 it cannot be tried here.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '20000' }, untold: { type: 'boolean', default: false } },
});
const wanted = Number(values.requests);
const here = import.meta.dirname;
const command = join(here, '..', '..', 'dist', 'bundle', 'cli.js');
const hosts = ['one', 'two', 'three'];
const names = ['clients', 'proxy', ...hosts];
const nameOf = (place) => `reuseport-haproxy-${process.pid}-${place}`;
const within = (place) => ['nsenter', `--net=/run/netns/${nameOf(place)}`];
const folder = mkdtempSync(join(tmpdir(), 'reuseport-haproxy-'));
const runtime = join(folder, 'haproxy.sock');
/** Everything that was started and has not ended. */
const running = new Set();

function ip(...args) {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

/** Two namespaces, joined; the addresses are .1 and .2 of the network. */
function join2(first, second, network) {
  const [a, b] = [nameOf(first), nameOf(second)];
  ip('link', 'add', `to-${second}`, 'netns', a, 'type', 'veth', 'peer', 'name', `to-${first}`, 'netns', b);
  for (const [name, device, last] of [
    [a, `to-${second}`, 1],
    [b, `to-${first}`, 2],
  ]) {
    ip('-n', name, 'address', 'add', `198.18.${network}.${last}/30`, 'dev', device);
    ip('-n', name, 'link', 'set', device, 'up');
  }
}

function start(place, words, env = {}, stdio = ['ignore', 'ignore', 'inherit']) {
  const [program, ...args] = [...within(place), ...words];
  const child = spawn(program, args, { cwd: here, stdio, env: { ...process.env, ...env } });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function startHost(host) {
  const network = hosts.indexOf(host) + 1;
  const words = ['run', 'server.mjs', '-w', '2', '--name', host, '--control', join(folder, `${host}.sock`)];
  const options = ['--metrics', '0.0.0.0:9464', '--log-format', 'json'];
  const env = { HOST: `198.18.${network}.2`, HOST_NAME: host, TRUSTED: `198.18.${network}.1` };
  const child = start(host, [process.execPath, command, ...words, ...options], env, ['ignore', 'inherit', 'pipe']);
  let log = '';
  for await (const data of child.stderr.iterator({ destroyOnReturn: false })) {
    log += data;
    if (log.includes('"event":"serving"')) break;
  }
  if (child.exitCode !== null) throw new Error(log);
  child.stderr.resume();
  return child;
}

async function end(child, signal = 'SIGTERM') {
  if (!running.has(child)) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

/** One command of HAProxy's runtime API. */
async function tell(line) {
  const socket = net.connect(runtime);
  socket.write(`${line}\n`);
  let answer = '';
  for await (const data of socket) answer += data;
  return answer.trim();
}

/** HAProxy's own view of a host in the backend of HTTP. */
async function stateOf(host) {
  const [head = '', ...lines] = (await tell('show stat')).replace(/^# /, '').split('\n');
  const columns = head.split(',');
  const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, index) => [columns[index], cell])));
  return rows.find(({ pxname, svname }) => pxname === 'hosts' && svname === host) ?? {};
}

/** Asks each 20 ms until it is so. */
async function until(what, condition) {
  const deadline = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited 30 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function counts(clients, word = 'count') {
  const answer = once(clients, 'message');
  clients.send(word);
  return (await answer)[0];
}

async function isUp(host) {
  return (await stateOf(host)).status === 'UP';
}

async function restart(host, child) {
  if (!values.untold) {
    await tell(`set server hosts/${host} state drain`);
    await until(`${host} to have no request`, async () => (await stateOf(host)).scur === '0');
    // This ends the connections that HAProxy keeps for later.
    await tell(`set server hosts/${host} state maint`);
  }
  await end(child);
  const next = await startHost(host);
  if (!values.untold) await tell(`set server hosts/${host} state ready`);
  await until(`${host} to be up`, () => isUp(host));
  return next;
}

/** Who a client is to a host, by way of a port of the proxy. */
async function clientSeenAt(port) {
  const script = `require('node:http').get('http://198.18.0.2:${port}', (r) => r.pipe(process.stdout))`;
  const child = start('clients', [process.execPath, '-e', script], {}, ['ignore', 'pipe', 'inherit']);
  let text = '';
  for await (const data of child.stdout) text += data;
  return JSON.parse(text).client;
}

async function main() {
  for (const place of names) {
    ip('netns', 'add', nameOf(place));
    ip('-n', nameOf(place), 'link', 'set', 'lo', 'up');
  }
  join2('clients', 'proxy', 0);
  for (const [index, host] of hosts.entries()) join2('proxy', host, index + 1);

  const services = new Map();
  for (const host of hosts) services.set(host, await startHost(host));
  const proxy = start('proxy', ['haproxy', '-W', '-db', '-q', '-f', 'haproxy.cfg'], {
    PROXY: '198.18.0.2',
    RUNTIME: runtime,
  });
  const failed = once(proxy, 'exit').then(() => Promise.reject(new Error('HAProxy has ended')));
  failed.catch(() => {});
  const upEverywhere = async () => (await Promise.all(hosts.map(isUp))).every(Boolean);
  await until('HAProxy to see all hosts', () => upEverywhere().catch(() => false));
  const seen = { forwarded: await clientSeenAt(80), proxyV2: await clientSeenAt(81), proxyV1: await clientSeenAt(82) };

  const clients = start('clients', [process.execPath, 'clients.mjs', '198.18.0.2', '198.18.0.1'], {}, [
    'ignore',
    'inherit',
    'inherit',
    'ipc',
  ]);
  const began = performance.now();
  let restarts = 0;
  for (let now = await counts(clients); restarts === 0 || now.requests < wanted; now = await counts(clients)) {
    for (const host of hosts) {
      services.set(host, await Promise.race([restart(host, services.get(host)), failed]));
      restarts += 1;
    }
    const sofar = await counts(clients);
    if (process.stderr.isTTY)
      process.stderr.write(`${restarts} restarts, ${sofar.requests} requests, ${sofar.failed} failed\n`);
  }
  const result = await counts(clients, 'end');
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  return { told: !values.untold, seconds, restarts, ...result, seen };
}

async function cleanUp() {
  await Promise.all([...running].map((child) => end(child)));
  for (const place of names) spawnSync('ip', ['netns', 'del', nameOf(place)]);
  rmSync(folder, { recursive: true, force: true });
}

function whyNot() {
  if (process.getuid() !== 0) return 'network namespaces need root';
  const missing = ['haproxy', 'ip', 'nsenter'].find((tool) => spawnSync(tool, ['-v']).error !== undefined);
  return missing === undefined ? null : `${missing} is not installed (Debian: haproxy, iproute2, util-linux)`;
}

const reason = whyNot();
if (reason !== null) {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 3;
} else {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void cleanUp().then(() => process.exit(1)));
  try {
    const result = await main();
    process.stdout.write(`${JSON.stringify(result)}\n`);
    process.exitCode = result.failed === 0 ? 0 : 1;
  } finally {
    await cleanUp();
  }
}
