// Programs that the user has pinned in bpffs, beside the maps that they share with the master.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadAddon } from '../../src/native/load.js';
import { MAX_GROUPS, MAX_ROWS, PAGE_BYTES } from '../../src/state/layout.js';
import { createGroupState } from '../../src/steering/group-state.js';
import { buildProgram, type Choose } from '../../src/steering/program.js';
import { bpffsDenied, mountBpffs, type PrivateBpffs } from '../helpers/bpffs.js';
import { failStart } from '../helpers/cli.js';
import { tally } from '../helpers/http.js';
import { isAlive } from '../helpers/processes.js';
import { runCommand, type Service, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const skip = bpffsDenied();
const addon = loadAddon();
let bpffs: PrivateBpffs;

before(async () => {
  if (skip === false) bpffs = await mountBpffs();
});
after(async () => {
  if (skip === false) await bpffs.end();
});

/** The user's program: everybody to one slot. */
const toSlot = (slot: number): Choose => {
  return (asm) => asm.mov('r9', slot);
};

/** Loads it with the maps of the folder and pins it there, as bpftool would. */
function loadAndPin(folder: string, name: string, choose: Choose): void {
  const maps = ['state', 'sockets'].map((map) => addon.bpfGetPinned(join(folder, map)));
  const [pageFd = -1, sockarrayFd = -1] = maps;
  const groupFd = createGroupState(addon);
  maps.push(groupFd);
  const instructions = buildProgram({ slots: 4, pageFd, sockarrayFd, groupFd, migrate: false }, choose);
  const program = addon.bpfLoadReuseport({ instructions, name });
  addon.bpfPin(program, join(folder, name));
  for (const fd of [program, ...maps]) addon.close(fd);
}

/** Makes the maps as `bpftool prog load … pinmaps` does, before any master. */
function pinMaps(folder: string): void {
  const state = { type: 'array', keyBytes: 4, valueBytes: PAGE_BYTES, maxEntries: 1, mmapable: true } as const;
  const sockets = { type: 'reuseport-sockarray', keyBytes: 4, valueBytes: 8, maxEntries: MAX_ROWS } as const;
  for (const [name, options] of Object.entries({ state, sockets })) {
    const fd = addon.bpfCreateMap(options);
    addon.bpfPin(fd, join(folder, name));
    addon.close(fd);
  }
}

function removeAll(folder: string): void {
  for (const name of readdirSync(folder)) unlinkSync(join(folder, name));
  rmdirSync(folder);
}

function startSlots(steer: string, workers = 3, control?: string): Promise<Service> {
  return startService(['cli-slot.mjs', '--steer', steer, '--rescue-after', '0ms', '--orphan-grace', '30s'], {
    workers,
    env: { HOST: '127.0.0.1' },
    ...(control === undefined ? {} : { control }),
  });
}

/** The slots that answer 20 connections. */
async function slotsThatAnswer(service: Service, port?: number): Promise<number[]> {
  const bodies = await tally(port ?? (await service.port()), 20);
  return [...new Set([...bodies.keys()].map((body) => Number(body.split(':')[0])))].toSorted((a, b) => a - b);
}

test('the service begins by the hash, its maps wait for the program, and steer attaches it', { skip }, async () => {
  const folder = join(bpffs.path, 'later');
  const program = join(folder, 'mine');
  const service = await startSlots(`pinned:${program}`);
  const { steer } = await service.status();
  assert.deepEqual([steer.asked, steer.used], [`pinned:${program}`, 'hash']);
  assert.match(steer.why, /no program is pinned there.* bpftool prog load .* map name sockets pinned /);
  assert.deepEqual(readdirSync(folder).toSorted(), ['sockets', 'state']);

  const early = await service.command('steer', `pinned:${program}`);
  assert.equal(early.code, 2);
  assert.match(early.stderr, /^reuseport: ERR_PINNED: .*mine: no program is pinned there/);

  loadAndPin(folder, 'mine', toSlot(1));
  const { code, stderr } = await service.command('steer', `pinned:${program}`);
  assert.equal(code, 0, stderr);
  assert.deepEqual(await slotsThatAnswer(service), [1]);

  // A program that is loaded anew under the same name is attached when told.
  unlinkSync(program);
  loadAndPin(folder, 'mine', toSlot(2));
  assert.equal((await service.command('steer', `pinned:${program}`)).code, 0);
  assert.deepEqual(await slotsThatAnswer(service), [2]);
  await service.end();
  assert.deepEqual(readdirSync(folder), ['mine'], 'only the own program is left');
  removeAll(folder);
});

test('steered to it live and away again; reload and scale reach its sockets; nothing is left', { skip }, async () => {
  const folder = join(bpffs.path, 'live');
  const service = await startSlots('idle', 2);
  const missing = await service.command('steer', `pinned:${folder}/mine`);
  assert.equal(missing.code, 2);
  assert.equal((await service.status()).steer.used, 'idle');
  loadAndPin(folder, 'mine', toSlot(1));
  loadAndPin(folder, 'other', toSlot(3));

  assert.equal((await service.command('steer', `pinned:${folder}/mine`)).code, 0);
  assert.deepEqual(await slotsThatAnswer(service), [1]);
  assert.equal((await service.command('reload')).code, 0);
  assert.deepEqual(await slotsThatAnswer(service), [1]);

  assert.equal((await service.command('scale', '4')).code, 0);
  assert.equal((await service.command('steer', `pinned:${folder}/other`)).code, 0);
  assert.deepEqual(await slotsThatAnswer(service), [3]);

  assert.equal((await service.command('steer', 'round-robin')).code, 0);
  assert.deepEqual(await slotsThatAnswer(service), [0, 1, 2, 3]);
  assert.equal((await service.command('steer', `pinned:${folder}/mine`)).code, 0);
  assert.deepEqual(await slotsThatAnswer(service), [1]);
  for (const name of ['mine', 'other']) unlinkSync(join(folder, name));
  await service.end();
  assert.ok(!readdirSync(bpffs.path).includes('live'), 'the folder was the master’s');
});

test('maps and program that were there before are taken over, and stay', { skip }, async () => {
  const folder = join(bpffs.path, 'before');
  mkdirSync(folder);
  pinMaps(folder);
  loadAndPin(folder, 'mine', toSlot(2));
  for (let start = 0; start < 2; start += 1) {
    const service = await startSlots(`pinned:${folder}/mine`);
    assert.equal((await service.status()).steer.used, `pinned:${folder}/mine`);
    assert.deepEqual(await slotsThatAnswer(service), [2]);
    await service.end();
    assert.deepEqual(readdirSync(folder).toSorted(), ['mine', 'sockets', 'state']);
  }
  removeAll(folder);
});

test('the master is killed and the next one takes over: its workers, its maps, its pins', { skip }, async () => {
  const folder = join(bpffs.path, 'killed');
  const service = await startSlots(`pinned:${folder}/mine`);
  loadAndPin(folder, 'mine', toSlot(1));
  assert.equal((await service.command('steer', `pinned:${folder}/mine`)).code, 0);
  const before = await service.workerPids();
  await service.killMaster();
  assert.deepEqual(readdirSync(folder).toSorted(), ['mine', 'sockets', 'state']);
  // The kernel steers on without a master.
  assert.deepEqual(await slotsThatAnswer(service), [1]);

  const successor = await startSlots(`pinned:${folder}/mine`, 3, service.control);
  await successor.waitForEvent('reload-complete');
  assert.deepEqual(await slotsThatAnswer(successor), [1]);
  assert.equal((await successor.status()).steer.used, `pinned:${folder}/mine`);
  assert.ok(!successor.logs.some(({ event }) => event === 'steering-failed'), successor.stderr);
  await waitFor('the former workers to end', () => !before.some(isAlive));
  unlinkSync(join(folder, 'mine'));
  await successor.end();
  await service.discard();
  assert.ok(!readdirSync(bpffs.path).includes('killed'));
});

test('upgrades of the master keep the program, the maps and their pins', { skip }, async () => {
  const folder = join(bpffs.path, 'upgraded');
  mkdirSync(folder);
  pinMaps(folder);
  loadAndPin(folder, 'mine', toSlot(2));
  const service = await startSlots(`pinned:${folder}/mine`);
  const port = await service.port();
  for (let round = 0; round < 2; round += 1) {
    const { code, stderr } = await service.command('upgrade');
    assert.equal(code, 0, stderr);
    assert.deepEqual(await slotsThatAnswer(service, port), [2]);
  }
  const { pid, steer } = await service.status();
  assert.equal(steer.used, `pinned:${folder}/mine`);
  assert.ok(!service.logs.some(({ event }) => event === 'steering-failed'), service.stderr);
  assert.deepEqual(readdirSync(folder).toSorted(), ['mine', 'sockets', 'state']);
  assert.equal((await service.command('stop')).code, 0);
  await waitFor('the last master to end', () => !isAlive(pid));
  await service.end(null);
  assert.deepEqual(readdirSync(folder).toSorted(), ['mine', 'sockets', 'state']);
  removeAll(folder);
});

test('after an upgrade the new master removes what the old one has pinned', { skip }, async () => {
  const folder = join(bpffs.path, 'inherited');
  const service = await startSlots(`pinned:${folder}/mine`, 2);
  assert.equal((await service.command('upgrade')).code, 0);
  assert.deepEqual(readdirSync(folder).toSorted(), ['sockets', 'state']);
  const { pid } = await service.status();
  assert.equal((await service.command('stop')).code, 0);
  await waitFor('the last master to end', () => !isAlive(pid));
  await service.end(null);
  assert.ok(!readdirSync(bpffs.path).includes('inherited'));
});

test(
  'steered to live, the folder of a killed master is taken, and its program must be loaded anew',
  { skip },
  async () => {
    const folder = join(bpffs.path, 'killed-live');
    const first = await startSlots(`pinned:${folder}/mine`);
    loadAndPin(folder, 'mine', toSlot(1));
    const orphans = await first.workerPids();
    await first.killMaster();
    for (const pid of orphans) process.kill(pid, 'SIGKILL');
    await first.discard();

    const service = await startSlots('hash');
    const stale = await service.command('steer', `pinned:${folder}/mine`);
    assert.equal(stale.code, 2);
    assert.match(stale.stderr, /ERR_PINNED: .*mine: the program was loaded with other maps .* Load it anew: rm /);
    unlinkSync(join(folder, 'mine'));
    loadAndPin(folder, 'mine', toSlot(0));
    assert.equal((await service.command('steer', `pinned:${folder}/mine`)).code, 0);
    assert.deepEqual(await slotsThatAnswer(service), [0]);
    unlinkSync(join(folder, 'mine'));
    await service.end();
    assert.ok(!readdirSync(bpffs.path).includes('killed-live'));
  },
);

test('each address has keys of its own in the one sockarray', { skip }, async () => {
  const folder = join(bpffs.path, 'addresses');
  const service = await startService(
    ['steer-two-addresses.mjs', '--rescue-after', '0ms', '--steer', `pinned:${folder}/mine`],
    { workers: 2 },
  );
  loadAndPin(folder, 'mine', toSlot(1));
  assert.equal((await service.command('steer', `pinned:${folder}/mine`)).code, 0);
  const [sockets, state] = ['sockets', 'state'].map((map) => addon.bpfGetPinned(join(folder, map)));
  const taken = Array.from({ length: MAX_GROUPS * MAX_ROWS }, (_, key) => key).filter((key) => {
    return addon.bpfLookup(sockets ?? -1, new Uint8Array(Uint32Array.of(key).buffer), 8) !== null;
  });
  assert.deepEqual(taken, [0, 1, MAX_ROWS, MAX_ROWS + 1]);
  for (const fd of [sockets, state]) addon.close(fd ?? -1);
  unlinkSync(join(folder, 'mine'));
  await service.end();
});

test('an address for which the sockarray has no room is served by the hash, which is logged', { skip }, async () => {
  const folder = join(bpffs.path, 'small');
  mkdirSync(folder);
  pinMaps(folder);
  loadAndPin(folder, 'mine', toSlot(1));
  const service = await startService(
    ['steer-two-addresses.mjs', '--rescue-after', '0ms', '--steer', `pinned:${folder}/mine`],
    { workers: 2 },
  );
  const { msg } = await service.waitForEvent('steering-failed');
  assert.match(
    msg,
    /sockets: each address takes 64 of its 64 entries, and none are left for ::1:\d+; the kernel's hash/,
  );
  const addresses = await service.addresses();
  const portOf = (host: string) =>
    Number(addresses.find((address) => address.startsWith(host))?.slice(host.length + 1));
  assert.deepEqual([...(await tally(portOf('127.0.0.1'), 20)).keys()], ['1']);
  assert.equal((await tally(portOf('[::1]'), 40, { host: '::1' })).size, 2);
  await service.end();
  removeAll(folder);
});

test('a second master is refused the folder, and the first goes on', { skip }, async () => {
  const folder = join(bpffs.path, 'taken');
  const service = await startSlots(`pinned:${folder}/mine`);
  const failed = await runCommand([
    'run',
    'cli-slot.mjs',
    '--name',
    `taken-${process.pid}`,
    '--steer',
    `pinned:${folder}/other`,
  ]);
  assert.equal(failed.code, 2);
  assert.match(failed.stderr, /^reuseport: ERR_PINNED: .*taken: another master steers by this folder/);
  assert.deepEqual(readdirSync(folder).toSorted(), ['sockets', 'state']);
  await service.end();
});

test('what is pinned and is something else is refused by name, and nothing is changed', { skip }, async () => {
  const folder = join(bpffs.path, 'foreign');
  mkdirSync(folder);
  const array = addon.bpfCreateMap({ type: 'array', keyBytes: 4, valueBytes: 8, maxEntries: 1 });
  const service = await startSlots('idle', 2);
  const expectRefusal = async (names: string[], why: RegExp) => {
    for (const name of names) addon.bpfPin(array, join(folder, name));
    const start = await failStart(['cli-slot.mjs', '--steer', `pinned:${folder}/mine`]);
    assert.equal(start.code, 2, start.stderr);
    assert.match(start.stderr, why);
    const live = await service.command('steer', `pinned:${folder}/mine`);
    assert.equal(live.code, 2, live.stderr);
    assert.match(live.stderr, why);
    for (const name of names) unlinkSync(join(folder, name));
  };
  await expectRefusal(['state'], /ERR_PINNED: .*\/state: expected an array of one element of 16384 bytes/);
  await expectRefusal(['sockets'], /ERR_PINNED: .*\/sockets: expected a reuseport_sockarray/);
  assert.deepEqual(readdirSync(folder), [], 'what was made before the refusal is gone');
  await expectRefusal(['mine'], /ERR_PINNED: .*\/mine: what is pinned there is no program/);
  assert.deepEqual(readdirSync(folder), []);
  assert.equal((await service.status()).steer.used, 'idle');
  addon.close(array);
  await service.end();
  assert.deepEqual(readdirSync(folder), []);
  rmdirSync(folder);
});

test('maps of the user’s own cannot be taken over by a service that runs', { skip }, async () => {
  const folder = join(bpffs.path, 'own');
  mkdirSync(folder);
  pinMaps(folder);
  const service = await startSlots('idle', 2);
  const { code, stderr } = await service.command('steer', `pinned:${folder}/mine`);
  assert.equal(code, 2);
  assert.match(stderr, /\/state: this page was here before the master, .* at the start alone/);
  await service.end();
  assert.deepEqual(readdirSync(folder).toSorted(), ['sockets', 'state']);
  removeAll(folder);
});

test('a folder that is in no bpffs is refused', { skip }, async () => {
  const failed = await failStart(['cli-slot.mjs', '--steer', 'pinned:/tmp/nothing-here/mine']);
  assert.equal(failed.code, 2);
  assert.match(failed.stderr, /ERR_PINNED: \/tmp: this is no folder of a bpffs\. To mount one: mount -t bpf bpf/);
});
