import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { NOBODY, notRoot } from '../helpers/cli.js';
import { type Service, startService } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';

const noTaskset = spawnSync('taskset', ['--version']).error === undefined ? false : 'taskset is not installed';
const CONNECTIONS = 160;
const CLIENT = `
  const net = require('node:net');
  const [, port, count] = process.argv;
  (async () => {
    for (let left = Number(count); left > 0; left -= 1) {
      await new Promise((resolve) => net.connect(port, '127.0.0.1').on('error', () => {}).once('close', resolve)
        .end('GET / HTTP/1.1\\r\\nhost: a\\r\\nconnection: close\\r\\n\\r\\n').resume());
    }
  })();`;

/** Connections whose packets one processor handles. */
async function connectFromOneProcessor(port: number): Promise<void> {
  const [, first = '0'] = /^Cpus_allowed_list:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  const node = [process.execPath, '-e', CLIENT, String(port), String(CONNECTIONS)];
  const client = spawn('taskset', ['-c', first, ...node], { stdio: ['ignore', 'ignore', 'inherit'] });
  assert.deepEqual(await once(client, 'exit'), [0, null]);
}

async function assertWarned(service: Service, better: string): Promise<void> {
  await connectFromOneProcessor(await service.port());
  const { msg } = await service.waitForEvent('steering-collapsed');
  assert.match(msg, /^steering cpu reaches only slot \d: .*loopback/);
  assert.ok(msg.endsWith(`Use: reuseport steer ${better}`), msg);
  assert.deepEqual((await service.status()).warnings, [msg]);
  const { stdout } = await service.command('status');
  assert.ok(stdout.includes(`warning: ${msg}`), stdout);
  assert.equal((await service.command('steer', better)).code, 0);
  assert.deepEqual((await service.status()).warnings, []);
  assert.equal(service.logs.filter(({ event }) => event === 'steering-collapsed').length, 1);
  await service.end();
}

const args = ['http-hello.cjs', '--steer', 'cpu', '--rescue-after', '0ms'];

test(
  'cpu by eBPF: one processor that handles all packets is noticed, said once, and shown',
  { skip: steeringDenied() || noTaskset },
  async () => {
    await assertWarned(await startService(args, { workers: 4 }), 'idle');
  },
);

test(
  'cpu by classic BPF: one processor that handles all packets is noticed, said once, and shown',
  { skip: notRoot || noTaskset },
  async () => {
    await assertWarned(await startService(args, { workers: 4, uid: NOBODY }), 'adaptive');
  },
);

test('a policy that reaches every worker has no warning', { skip: steeringDenied() || noTaskset }, async () => {
  const service = await startService(['http-hello.cjs', '--steer', 'round-robin', '--rescue-after', '0ms']);
  await connectFromOneProcessor(await service.port());
  assert.deepEqual((await service.status()).warnings, []);
  await service.end();
});
