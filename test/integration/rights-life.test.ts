// What happens in the life of workers that are another user's: reload, scale, crash, steering and rescue.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CERTS, LOGS, namespacesDenied, WEB } from '../helpers/own-namespaces.js';
import { NOBODY, temporaryFolder } from '../helpers/cli.js';
import { block, get } from '../helpers/http.js';
import type { Status } from '../../src/observe/status.js';
import { isAlive, standStill } from '../helpers/processes.js';
import { type LogLine, type Service, startService } from '../helpers/reuseport.js';
import { assertStoppedIsPassedOver } from '../helpers/rescued.js';
import { steeringDenied } from '../helpers/steering.js';
import { waitFor } from '../helpers/wait.js';
import { printedLines, serviceFor } from './listen-support.js';

const skip = namespacesDenied;
/** As a bit of the sets in /proc. */
const CAP_NET_BIND_SERVICE = 1 << 10;

/** One that has got ready since it was asked for its figures has none yet. */
function isServing({ state, requests }: Status['workers'][number]): boolean {
  return state === 'ready' && requests !== null;
}

test(
  'reload, scale and crash: every worker is that user, and the master still sees and signals them',
  { skip },
  async (t) => {
    const service = await serviceFor(t, ['-u', WEB.name, 'rights-facts.cjs'], { env: { PORT: '443' } });
    const before = await service.workerPids();
    assert.equal((await service.command('reload')).code, 0);
    assert.equal((await service.command('scale', '3')).code, 0);
    const [victim = 0] = await service.workerPids();
    process.kill(victim, 'SIGKILL');
    const { workers, listeners, user } = await waitFor('the successor', async () => {
      const status = await service.status();
      return status.workers.every((worker) => isServing(worker) && worker.pid !== victim) && status;
    });
    assert.deepEqual(user, { name: WEB.name, uid: WEB.uid, gid: WEB.gid, groups: [WEB.gid, CERTS, LOGS] });
    assert.equal(listeners[0]?.slots.length, 3);
    assert.ok(workers.every(({ pid, rssBytes }) => !before.includes(pid ?? 0) && rssBytes !== null));
    // Two of the start, two of the reload, one more, and the successor.
    for (const { ids, groups } of await printedLines<{ ids: number[]; groups: number[] }>(service, 6)) {
      assert.deepEqual(ids, [WEB.uid, WEB.uid, WEB.gid, WEB.gid]);
      assert.deepEqual(groups, [WEB.gid, CERTS, LOGS]);
    }
    assert.equal((await get(443)).status, 200);
    const { code } = await service.end();
    assert.equal(code, 0);
  },
);

test('what waits for a killed worker of another user is served by its successor', { skip }, async (t) => {
  const service = await serviceFor(t, ['-u', WEB.name, 'rights-facts.cjs'], { workers: 1, env: { PORT: '80' } });
  const [pid = 0] = await service.workerPids();
  await standStill(pid);
  const waiting = Array.from({ length: 10 }, () => get(80));
  await waitFor('the queue to fill', async () => (await service.status()).listeners[0]?.slots[0]?.queued === 10);
  process.kill(pid, 'SIGKILL');
  assert.ok(
    (await Promise.all(waiting)).every(({ status, body }) => status === 200 && !body.includes(`"pid":${pid},`)),
  );
});

const noSteering = skip === false ? steeringDenied() : skip;

test('idle steering and rescue pass a busy worker of another user over', { skip: noSteering }, async (t) => {
  const service = await serviceFor(t, ['-u', WEB.name, '--steer', 'idle', 'http-block.cjs']);
  assert.equal((await service.status()).steer.used, 'idle');
  const port = await service.port();
  const blocked = block(port, 2000);
  await blocked.begun;
  const answers = await Promise.all(Array.from({ length: 30 }, () => get(port)));
  const { body: busy } = await blocked.answer;
  assert.ok(
    answers.every(({ body }) => body !== busy),
    'all were answered by the other worker',
  );
});

test('rescue: what is queued for a stopped worker of another user is served by the others', { skip }, async (t) => {
  const service = await serviceFor(t, ['-u', WEB.name, '--steer', 'hash', 'http-block.cjs']);
  await assertStoppedIsPassedOver(service);
});

test(
  'without root, with the capabilities of a systemd unit: port 80 and eBPF, and the workers cannot load any',
  { skip: noSteering },
  async (t) => {
    const capabilities = '+bpf,+net_bind_service';
    const through = ['setpriv', `--reuid=${WEB.uid}`, `--regid=${WEB.gid}`, '--clear-groups'];
    through.push(`--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`);
    const service = await serviceFor(t, ['--steer', 'auto', 'rights-facts.cjs'], {
      env: { PORT: '80' },
      through,
      owner: WEB.uid,
    });
    assert.equal((await service.status()).steer.used, 'idle');
    assert.deepEqual(
      service.logs.filter(({ event }) => event === 'steering-failed'),
      [],
    );
    for (const { ids, capabilities } of await printedLines<{ ids: number[]; capabilities: number }>(service, 2)) {
      assert.equal(ids[0], WEB.uid);
      assert.equal(capabilities, CAP_NET_BIND_SERVICE);
    }
    assert.equal((await get(80)).status, 200);
  },
);

/** Inodes of the listeners, whoever holds them. */
async function inodesOf(service: Service): Promise<number[]> {
  return (await service.status()).listeners.flatMap(({ slots }) => slots.map(({ inode }) => inode));
}

test(
  'workers of another user serve on when their master is killed, and the next one takes them over',
  { skip },
  async (t) => {
    const args = ['-u', WEB.name, '--orphan-grace', '30s', 'rights-facts.cjs'];
    const options = { env: { PORT: '80' } };
    const former = await startService(args, options);
    const inodes = await inodesOf(former);
    await former.killMaster();
    assert.equal((await get(80)).status, 200);
    const service = await serviceFor(t, args, { ...options, control: former.control });
    await service.waitForEvent('reload-complete');
    assert.deepEqual(await inodesOf(service), inodes);
    for (const { ids } of await printedLines<{ ids: number[] }>(service, 2)) assert.equal(ids[0], WEB.uid);
    assert.deepEqual(unexpected(service), []);
    await service.end();
    await former.discard();
  },
);

test("an upgrade keeps the listeners, also when the workers are another user's afterwards", { skip }, async (t) => {
  const folder = temporaryFolder();
  const config = join(folder, 'reuseport.config.json');
  writeFileSync(config, JSON.stringify({ user: WEB.name }));
  const service = await serviceFor(t, ['--config', config, 'rights-facts.cjs'], { env: { PORT: '80' } });
  const inodes = await inodesOf(service);
  writeFileSync(config, JSON.stringify({ user: 'nobody' }));
  const { code, stderr } = await service.command('upgrade');
  assert.equal(code, 0, stderr);
  const { user, pid } = await service.status();
  assert.equal(user?.uid, NOBODY);
  assert.deepEqual(await inodesOf(service), inodes);
  assert.equal((JSON.parse((await get(80)).body) as { ids: number[] }).ids[0], NOBODY);
  assert.deepEqual(unexpected(service), []);
  assert.equal((await service.command('stop')).code, 0);
  await waitFor('the last master to end', () => !isAlive(pid));
});

function unexpected(service: Service): LogLine[] {
  return service.logs.filter(({ event = '' }) => ['stranger', 'worker-left-alone', 'steering-failed'].includes(event));
}
