// --workers min..max: the load decides how many workers there are; --shrink-after; scale within the range.
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { get } from '../helpers/http.js';
import { Load } from '../helpers/load.js';
import { isAlive } from '../helpers/processes.js';
import { type Service, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const KEEPS = ['--orphan-grace', '30s', 'http-hello.cjs'];

/** A name of a file, in a folder that goes with the test. */
function fileFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'reuseport-sizing-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'release');
}

async function serving(service: Service): Promise<number> {
  const { workers } = await service.status();
  return workers.filter(({ state }) => state === 'ready').length;
}

test('it grows while a loop stands still, and shrinks when it does not, and nobody loses by either', async (t) => {
  const release = fileFor(t);
  const args = ['-w', '1..2', '--shrink-after', '1500ms', '--hang-timeout', '0s', 'sizing.cjs'];
  const service = await startService(args, { env: { RELEASE: release } });
  const port = await service.port();
  assert.equal((await service.status()).sizing?.lastChange, null);
  const head = new EventEmitter();
  const begun = once(head, 'begun');
  const blocked = get(port, '/block', {}, () => head.emit('begun'));
  await begun;
  const grown = await service.waitForEvent('sizing');
  assert.match(
    grown.msg,
    /^grows from 1 to 2 workers: the loops are \d+ % busy.*; the processors are \d+ % used by them$/,
  );
  assert.deepEqual([grown['from'], grown['to'], typeof grown['busy']], [1, 2, 'number']);
  await service.waitForEvent('worker-ready', 2);
  const load = new Load(port, 2);
  writeFileSync(release, '');
  assert.equal((await blocked).status, 200);
  await load.more(100);
  await load.stop();
  const { msg } = await service.waitForEvent('sizing', 2);
  assert.match(msg, /^shrinks from 2 to 1 workers: the loops were \d+ % busy at the most for \d+\.\d s$/);
  await waitFor('one worker', async () => (await service.status()).workers.length === 1);
  const { sizing } = await service.status();
  assert.deepEqual([sizing?.min, sizing?.max, sizing?.stays], [1, 2, null]);
  const { agoMs, ...change } = sizing?.lastChange ?? { agoMs: -1 };
  assert.deepEqual(change, { from: 2, to: 1, by: 'load', why: msg.slice(msg.indexOf(':') + 2) });
  assert.ok(agoMs >= 0);
  const { stdout } = await service.command('status');
  assert.match(stdout, /^ {2}workers 1\.\.2$/m);
  assert.match(stdout, /^ {4}from 2 to 1 \d+s ago: the loops were \d+ % busy at the most for \d+\.\d s$/m);
  assert.deepEqual(load.failures, []);
  await service.end();
});

test('at the end of the range, and where the processors are in use, it stays and says why', async (t) => {
  const release = fileFor(t);
  const args = ['-w', '1..2', '--hang-timeout', '0s', 'sizing.cjs'];
  const service = await startService(args, { env: { RELEASE: release } });
  const port = await service.port();
  const blocked = [get(port, '/block')];
  await service.waitForEvent('worker-ready', 2);
  // Connections are spread blindly: as many as it takes until both stand still.
  const stays = await waitFor('a reason', async () => {
    const { sizing } = await service.status();
    if (sizing?.stays == null && blocked.length < 40) blocked.push(get(port, '/block'));
    return sizing?.stays ?? false;
  });
  assert.equal(stays, 'the range has no more');
  assert.match(
    (await service.waitForEvent('sizing-stays')).msg,
    /^stays at 2 workers, although .*: the range has no more$/,
  );
  const { stdout } = await service.command('status');
  assert.match(stdout, /^ {4}no more than now, though the loops are busy: the range has no more$/m);
  writeFileSync(release, '');
  for (const answer of await Promise.all(blocked)) assert.equal(answer.status, 200);
  await service.end();
});

test('scale within the range is obeyed, and refused outside of it', async () => {
  const service = await startService(['-w', '1..3', 'http-hello.cjs']);
  const scaled = await service.command('scale', '3');
  assert.deepEqual([scaled.code, scaled.stdout], [0, '3 workers serve\n']);
  const refused = await service.command('scale', '4');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /ERR_USAGE: scale: 4 is not within 1\.\.3, the range of --workers/);
  const { sizing, changedLive } = await service.status();
  assert.deepEqual([sizing?.lastChange?.by, sizing?.lastChange?.to, changedLive], ['operator', 3, []]);
  service.kill('SIGTTIN');
  await service.waitForEvent('scale-complete', 2);
  assert.equal(await serving(service), 3);
  service.kill('SIGTTOU');
  await waitFor('one less', async () => (await serving(service)) === 2);
  await service.end();
});

test('a range keeps its number of workers over an upgrade', async () => {
  const service = await startService(['-w', '1..3', ...KEEPS]);
  assert.equal((await service.command('scale', '2')).code, 0);
  const load = new Load(await service.port(), 2);
  assert.equal((await service.command('upgrade')).code, 0);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.equal(await serving(service), 2);
  const { pid, sizing } = await service.status();
  const { agoMs, ...change } = sizing?.lastChange ?? { agoMs: -1 };
  assert.deepEqual(change, { from: 1, to: 2, by: 'operator', why: null });
  assert.ok(agoMs > 0);
  assert.equal((await service.command('stop')).code, 0);
  await waitFor('the last master to end', () => !isAlive(pid));
  await service.end(null);
});

test('it keeps it under another master, too, as far as that one has the range for it', async () => {
  const first = await startService(['-w', '1..3', ...KEEPS]);
  assert.equal((await first.command('scale', '3')).code, 0);
  await first.killMaster();
  const second = await startService(['-w', '1..3', ...KEEPS], { control: first.control });
  await second.waitForEvent('reload-complete');
  assert.equal(await serving(second), 3);
  assert.equal((await second.status()).sizing?.lastChange?.to, 3);
  await second.killMaster();
  const third = await startService(['-w', '1..2', ...KEEPS], { control: first.control });
  await third.waitForEvent('reload-complete');
  await waitFor('slot 2 to go', async () => (await third.status()).workers.length === 2);
  assert.equal((await third.status()).sizing?.lastChange, null);
  await third.end();
  await Promise.all([first.discard(), second.discard()]);
});

test('auto is an end of a range, and what it is here is said', async () => {
  const service = await startService(['-w', '1..auto', 'http-hello.cjs']);
  const { min, max, msg } = await service.waitForEvent('workers-range');
  assert.equal(min, 1);
  assert.equal(msg, `workers 1..auto is 1..${String(max)} here`);
  await service.end();
});

test('a range that is none is refused with what is wrong with it', async () => {
  const wrong = {
    '4..2': 'write 2..4',
    '0..2': 'each end is an integer',
    '1..': 'write 1..auto',
    'a..b': 'each end is',
  };
  for (const [range, problem] of Object.entries(wrong)) {
    const service = await startService(['-w', range, 'http-hello.cjs'], { ready: false });
    const { code, stderr } = await service.end(null);
    assert.equal(code, 2);
    assert.ok(stderr.includes(`got "${range}": ${problem}`), stderr);
  }
});
