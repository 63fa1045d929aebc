// The end of a worker of uWebSockets.js: what it has begun is finished, and its clients are told.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Answer } from '../../bench/handover/answers.js';
import { get } from '../helpers/http.js';
import { endClientsAfter, KeepAliveClient } from '../helpers/keep-alive.js';
import { fixtures, type Service } from '../helpers/reuseport.js';
import { withoutUws } from '../helpers/uws.js';
import { WebSocketClient } from '../helpers/web-socket.js';
import { waitFor } from '../helpers/wait.js';
import { printed, printedLines, serviceFor } from './listen-support.js';
import { makeCertificate } from './worker-certificate.js';

const skip = withoutUws();

const happened = (service: Service, wanted: string) => service.logs.filter(({ event }) => event === wanted).length;

test('WebSockets over TLS get 1012, too', { skip }, async (t) => {
  const { ca, certFile, keyFile, remove } = makeCertificate();
  t.after(remove);
  const env = { CERT_FILE: certFile, KEY_FILE: keyFile };
  const service = await serviceFor(t, ['uws-http.cjs'], { workers: 1, env });
  const port = await service.port();
  const clients = await Promise.all(Array.from({ length: 5 }, () => WebSocketClient.open(t, port, ca)));
  assert.equal((await service.command('reload')).code, 0);
  assert.deepEqual(new Set(clients.map(({ closed }) => closed)), new Set(['1012 service restart']));
});

test('WebSockets get 1012 in a drain, one after the other, and their program hears it', { skip }, async (t) => {
  const service = await serviceFor(t, ['uws-http.cjs'], { workers: 1 });
  const port = await service.port();
  const clients = await Promise.all(Array.from({ length: 30 }, () => WebSocketClient.open(t, port)));
  const [old] = await service.workerPids();
  const reload = service.command('reload');
  assert.deepEqual(
    new Set(await Promise.all(clients.map((client) => client.end()))),
    new Set(['1012 service restart']),
  );
  assert.equal((await reload).code, 0);
  const turns = printed<{ closed?: number[] }>(service.stdout).flatMap(({ closed }) => (closed ? [closed] : []));
  assert.deepEqual(
    turns.flat(),
    clients.map(() => 1012),
  );
  assert.equal(turns[0]?.length, 1, 'the others have to wait');
  const other = await WebSocketClient.open(t, port);
  assert.notEqual(await other.ask('who'), String(old));
  service.kill('SIGTERM');
  assert.equal(await other.end(), '1012 service stops');
  assert.equal((await service.end()).code, 0);
  assert.deepEqual([happened(service, 'worker-killed'), happened(service, 'connections-ended')], [0, 0]);
});

/** Asks until the answer says `Connection: close`: in between the worker hears of its drain. */
async function lastAnswer(client: KeepAliveClient | undefined, path: string): Promise<Answer | undefined> {
  for (;;) {
    const answer = await client?.ask(path);
    if (answer?.headers.get('connection') !== undefined) return answer;
  }
}

test('a response under way is finished, and those that follow say Connection: close', { skip }, async (t) => {
  endClientsAfter(t);
  const service = await serviceFor(t, ['uws-http.cjs'], { workers: 1 });
  const port = await service.port();
  const [pid] = await service.workerPids();
  const late = get(port, '/late?ms=1500');
  const clients = await KeepAliveClient.openUsed(port, 3);
  await printedLines(service, 2);
  // Without a pause: uWebSockets.js closes what is idle for ten seconds.
  const answers = Promise.all(['/', '/missing', '/pieces'].map((path, index) => lastAnswer(clients[index], path)));
  const reload = service.command('reload');
  const [plain, missing, pieces] = await answers;
  assert.deepEqual([plain?.headers.get('x-worker'), plain?.body.toString()], [String(pid), String(pid)]);
  assert.deepEqual(
    [missing?.status, missing?.headers.get('x-worker'), missing?.body.toString()],
    [404, String(pid), 'missing'],
  );
  assert.equal(pieces?.body.toString(), 'ab');
  // It is the client's to close, and until then it is answered.
  assert.equal((await clients[0]?.ask())?.headers.get('x-worker'), String(pid));
  for (const client of clients) client.destroy();
  assert.equal((await late).body, String(pid));
  assert.equal((await reload).code, 0);
  assert.deepEqual([happened(service, 'worker-killed'), happened(service, 'connections-ended')], [0, 0]);
});

test('what is still open when the grace period is over is ended, and counted', { skip }, async (t) => {
  const args = ['--graceful-timeout', '4s', 'uws-http.cjs'];
  const service = await serviceFor(t, args, { workers: 1 });
  const port = await service.port();
  const never = get(port, '/late?ms=60000');
  await printedLines(service, 2);
  const reload = service.command('reload');
  await assert.rejects(never, /socket hang up|ECONNRESET/);
  assert.equal((await reload).code, 0);
  const line = await service.waitForEvent('connections-ended');
  assert.match(line.msg, /\b1\b/);
  assert.equal(happened(service, 'worker-killed'), 0);
});

test('where its connections cannot be seen, a drain waits for the grace period', { skip }, async (t) => {
  const env = { NODE_OPTIONS: `--require=${join(fixtures, 'uws-unseen.cjs')}` };
  const args = ['--graceful-timeout', '4s', 'uws-http.cjs'];
  const service = await serviceFor(t, args, { workers: 1, env });
  const port = await service.port();
  const [pid] = await service.workerPids();
  await waitFor('the warning', () => service.logs.some(({ code }) => code === 'WARN_UWS_UNSEEN'));
  const late = get(port, '/late?ms=500');
  await printedLines(service, 2);
  assert.equal((await service.command('reload')).code, 0);
  assert.equal((await late).body, String(pid));
  assert.notEqual((await get(port)).body, String(pid));
  assert.equal(happened(service, 'worker-killed'), 0);
});

test('a program’s own handler closes what is closed already, and its process ends by itself', { skip }, async (t) => {
  const service = await serviceFor(t, ['uws-handler.cjs'], { workers: 1 });
  const [pid] = await service.workerPids();
  const lines = await printedLines<{ app?: number; server?: number }>(service, 2);
  const portOf = (name: 'app' | 'server') => lines.flatMap((line) => line[name] ?? [])[0] ?? 0;
  assert.equal((await get(portOf('app'))).body, `app ${pid}`);
  assert.equal((await get(portOf('server'))).body, `server ${pid}`);
  const counted = await waitFor('the connections to end', async () => {
    const [row] = (await service.status()).workers;
    return row?.openConnections === 0 && [row.requests, row.accepted];
  });
  assert.deepEqual(counted, [2, 2]);
  service.kill('SIGTERM');
  assert.equal((await service.end()).code, 0);
  assert.deepEqual(
    printed(service.stdout).slice(2),
    [{ hasPort: true }, { closed: null }, { exit: 0 }].map((fields) => ({ pid, ...fields })),
  );
});
