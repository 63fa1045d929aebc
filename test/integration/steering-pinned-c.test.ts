// The example in C: built, loaded and steered by with the very commands that it names.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bpffsDenied, mountBpffs, type PrivateBpffs } from '../helpers/bpffs.js';
import { temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { root, type Service, startService } from '../helpers/reuseport.js';

const folder = join(root, 'examples', 'pinned');
const source = readFileSync(join(folder, 'canary.bpf.c'), 'utf8');
const object = join(temporaryFolder(), 'canary.bpf.o');

/** The command of the example's head that begins with these words; `shop` is where bpffs holds what is pinned. */
function commandOf(words: string, shop: string): string {
  const line = source.split('\n').find((text) => text.startsWith(` *   ${words}`));
  assert.ok(line !== undefined, `the example names no command "${words}"`);
  return line.slice(5).replaceAll('canary.bpf.o', object).replaceAll('/sys/fs/bpf/shop', shop);
}

function run(words: string, shop = ''): string {
  const command = commandOf(words, shop);
  const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
  return status === 0 ? '' : `${command}: ${stderr}`;
}

function toolsMissing(): string | false {
  const missing = ['clang', 'bpftool'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  const found = spawnSync('sh', ['-c', 'echo "#include <bpf/bpf_helpers.h>" | cpp -']).status === 0;
  if (!found) missing.push('libbpf-dev');
  return missing.length === 0 ? false : `needs ${missing.join(', ')} (Debian: apt-get install ${missing.join(' ')})`;
}

const skip = bpffsDenied() || toolsMissing();
let bpffs: PrivateBpffs;
before(async () => {
  if (skip === false) bpffs = await mountBpffs();
});
after(async () => {
  if (skip === false) await bpffs.end();
});

const two = ['steer-two-addresses.mjs', '--rescue-after', '0ms'];

async function ask(port: number, options: object): Promise<Set<string>> {
  const bodies = new Set<string>();
  for (let count = 0; count < 12; count += 1) bodies.add((await get(port, '/', options)).body);
  return bodies;
}

/** The slots that answer 12 connections of each kind of client. */
async function answers(service: Service): Promise<Record<'canary' | 'other' | 'six', Set<string>>> {
  const addresses = await service.addresses();
  const portOf = (host: string) =>
    Number(addresses.find((address) => address.startsWith(host))?.slice(host.length + 1));
  return {
    canary: await ask(portOf('127.0.0.1'), { localAddress: '127.0.0.9' }),
    other: await ask(portOf('127.0.0.1'), { localAddress: '127.0.0.1' }),
    six: await ask(portOf('[::1]'), { host: '::1' }),
  };
}

test('the program in C is built, and loads', { skip }, () => {
  assert.equal(run('clang'), '');
});

test('loaded first, with maps of its own: the service takes them over', { skip }, async () => {
  const shop = join(bpffs.path, 'shop');
  mkdirSync(shop);
  assert.equal(run('bpftool', shop), '');
  const steer = commandOf('reuseport', shop).split('--steer ')[1] ?? '';
  const service = await startService([...two, '--steer', steer], { workers: 3 });
  assert.equal((await service.status()).steer.used, steer);
  const { canary, other, six } = await answers(service);
  assert.deepEqual(canary, new Set(['0']));
  // By chance or by the hash, 24 connections would meet slot 0 too.
  for (const bodies of [other, six]) assert.ok(!bodies.has('0') && bodies.size > 0, [...bodies].join());

  // Slot 0 alone is left: then it takes the others too.
  assert.equal((await service.command('scale', '1')).code, 0);
  assert.deepEqual((await answers(service)).other, new Set(['0']));
  await service.end();
  for (const name of ['canary', 'state', 'sockets']) unlinkSync(join(shop, name));
  rmdirSync(shop);
});

test('loaded with the maps of a service that runs, by the command that it is told', { skip }, async () => {
  const program = join(bpffs.path, 'told', 'canary');
  const service = await startService([...two, '--steer', 'idle'], { workers: 2 });
  const told = await service.command('steer', `pinned:${program}`);
  assert.equal(told.code, 2);
  const load = /(bpftool prog load .*)$/m.exec(told.stderr)?.[1]?.replace('<program>.o', object) ?? '';
  const loaded = spawnSync('sh', ['-c', load], { encoding: 'utf8' });
  assert.equal(loaded.status, 0, `${load}: ${loaded.stderr}`);
  assert.equal((await service.command('steer', `pinned:${program}`)).code, 0);
  const { canary, other, six } = await answers(service);
  assert.deepEqual([canary, other, six], [new Set(['0']), new Set(['1']), new Set(['1'])]);
  unlinkSync(program);
  await service.end();
});
