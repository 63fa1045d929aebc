// Workers of another user under a master that is root.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { CERTS, LOGS, namespacesDenied, WEB } from '../helpers/own-namespaces.js';
import { NOBODY } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { fixtures, type Service } from '../helpers/reuseport.js';
import { plainNode, printedLines, serviceFor } from './listen-support.js';

const skip = namespacesDenied;

interface Facts {
  pid: number;
  ids: number[];
  groups: number[];
  capabilities: number;
  umask: number;
  env: Record<string, string | undefined>;
}

function factsOf(service: Service): Promise<Facts[]> {
  return printedLines<Facts>(service, 2);
}

test('workers are that user, with its groups and nothing else of root, on a port below 1024', { skip }, async (t) => {
  const env = { PORT: '80', XDG_RUNTIME_DIR: '/run/user/0' };
  const service = await serviceFor(t, ['--user', WEB.name, 'rights-facts.cjs'], { env });
  assert.deepEqual(await service.addresses(), ['[::]:80']);
  for (const { ids, groups, capabilities, env } of await factsOf(service)) {
    assert.deepEqual(ids, [WEB.uid, WEB.uid, WEB.gid, WEB.gid]);
    assert.deepEqual(groups, [WEB.gid, CERTS, LOGS]);
    assert.equal(capabilities, 0);
    assert.deepEqual(env, { HOME: WEB.home, USER: WEB.name, LOGNAME: WEB.name, SHELL: WEB.shell });
  }
  assert.equal((await get(80)).status, 200);
});

test('a number is taken as well, --group replaces the primary group, and --env is stronger', { skip }, async (t) => {
  const args = ['-u', String(WEB.uid), '-g', 'nogroup', '--env', 'HOME=/data', '--umask', '027', 'rights-facts.cjs'];
  const service = await serviceFor(t, args);
  for (const { ids, groups, env, umask } of await factsOf(service)) {
    assert.deepEqual(ids, [WEB.uid, WEB.uid, NOBODY, NOBODY]);
    assert.deepEqual(groups, [CERTS, LOGS, NOBODY]);
    assert.equal(env['HOME'], '/data');
    assert.equal(umask, 0o27);
  }
});

test('a number without an account runs with the group that is given, and no other', { skip }, async (t) => {
  const service = await serviceFor(t, ['-u', '61999', '-g', 'certs', 'rights-facts.cjs']);
  for (const { ids, groups, env } of await factsOf(service)) {
    assert.deepEqual(ids, [61_999, 61_999, CERTS, CERTS]);
    assert.deepEqual(groups, [CERTS]);
    assert.deepEqual(env, { HOME: '/' });
  }
});

const preload = join(fixtures, 'rights-preload.cjs');
const preloads = {
  NODE_OPTIONS: ['--env', `NODE_OPTIONS=--require=${preload}`],
  '--node-arg': [`--node-arg=--require=${preload}`],
};

for (const [how, args] of Object.entries(preloads)) {
  test(`what is preloaded by ${how} is not loaded as root either`, { skip }, async (t) => {
    const service = await serviceFor(t, ['-u', WEB.name, ...args, 'rights-facts.cjs'], { workers: 1 });
    const lines = await printedLines<{ preloaded?: number; groups: number[] }>(service, 2);
    const [loaded, ...others] = lines.filter(({ preloaded }) => preloaded !== undefined);
    assert.deepEqual(others, []);
    assert.equal(loaded?.preloaded, WEB.uid);
    assert.ok(loaded.groups.includes(CERTS));
  });
}

test('--umask alone leaves the workers as the master is, with that umask', async (t) => {
  const service = await serviceFor(t, ['--umask', '077', 'rights-facts.cjs']);
  for (const { ids, umask } of await factsOf(service)) {
    assert.equal(ids[0], process.getuid?.());
    assert.equal(umask, 0o77);
  }
});

test('port 0, several addresses, IPv6: both workers get the same port for the same listen', { skip }, async (t) => {
  const ports = JSON.stringify([8001, 8002, 8003, 8004, 8005]);
  const service = await serviceFor(t, ['-u', WEB.name, 'listen-forms.cjs'], { env: { PORTS: ports, IPV6: '1' } });
  const lines = await printedLines<{ form: string; address: { port: number } }>(service, 32);
  for (const { form, address } of lines) {
    const same = lines.filter((line) => line.form === form).map((line) => line.address.port);
    assert.deepEqual(same, [address.port, address.port], form);
  }
});

test('an address that the master cannot bind is the same error as under plain node', { skip }, async (t) => {
  const env = { DENIED_HOST: '192.0.2.1' };
  const service = await serviceFor(t, ['-u', WEB.name, 'listen-denied.cjs'], { env, workers: 1 });
  const [line] = await printedLines<{ code: string }>(service, 1);
  assert.equal(line?.code, 'EADDRNOTAVAIL');
  assert.deepEqual(line, JSON.parse(await plainNode('listen-denied.cjs', [], { ...env, PLAIN: '1' })));
});
