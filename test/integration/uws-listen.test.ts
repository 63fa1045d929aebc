// Programs of uWebSockets.js, as they are: each worker listens, on the same address, in every form that there is.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../../bench/free-port.js';
import { temporaryFolder } from '../helpers/cli.js';
import { get, tally } from '../helpers/http.js';
import { fixtures } from '../helpers/reuseport.js';
import { withoutUws } from '../helpers/uws.js';
import { waitFor } from '../helpers/wait.js';
import {
  answeredBy,
  assertBothAnswer,
  assertListensAgain,
  plainNode,
  freePorts,
  printed,
  printedLines,
  serviceFor,
} from './listen-support.js';

const skip = withoutUws();

interface Opened {
  form: string;
  port?: number | false;
  error?: string;
}

test('both workers answer, and what they do is counted', { skip }, async (t) => {
  const service = await serviceFor(t, ['uws-http.cjs']);
  const port = await service.port();
  await assertBothAnswer(port);
  const { workers, listeners } = await service.status();
  const before = workers.map(({ requests, accepted }) => [requests, accepted]);
  const seen = await tally(port, 20);
  const after = await waitFor('the connections to end', async () => {
    const { workers: rows } = await service.status();
    return rows.every(({ openConnections }) => openConnections === 0) && rows;
  });
  for (const [index, { pid, requests, accepted }] of after.entries()) {
    const [requestsBefore = 0, acceptedBefore = 0] = before[index] ?? [];
    const share = seen.get(String(pid)) ?? 0;
    assert.deepEqual(
      [(requests ?? 0) - (requestsBefore ?? 0), (accepted ?? 0) - (acceptedBefore ?? 0)],
      [share, share],
    );
  }
  assert.equal(new Set(listeners[0]?.slots.map(({ inode }) => inode)).size, 2);
});

test('an ES module with two apps has two ports, each served by both workers', { skip }, async (t) => {
  const service = await serviceFor(t, ['uws-module.mjs']);
  const lines = await printedLines<{ name: string; port: number }>(service, 4);
  for (const name of ['one', 'other']) {
    const ports = new Set(lines.filter((line) => line.name === name).map(({ port }) => port));
    assert.equal(ports.size, 1);
    const [port = 0] = ports;
    const answers = await answeredBy(2, async () => (await get(port)).body);
    for (const answer of answers) assert.match(answer, new RegExp(`^${name} \\d+$`));
  }
});

test('a copy of another name, from elsewhere, is recognised', { skip }, async (t) => {
  const folder = temporaryFolder();
  const copy = join(folder, 'node_modules', 'own-fork');
  mkdirSync(copy, { recursive: true });
  const { platform, arch, versions } = process;
  const binary = `uws_${platform}_${arch}_${versions.modules}.node`;
  const entry = createRequire(join(fixtures, 'uws-http.cjs')).resolve('uWebSockets.js');
  for (const name of [basename(entry), binary]) copyFileSync(join(dirname(entry), name), join(copy, name));
  writeFileSync(join(copy, 'package.json'), JSON.stringify({ main: basename(entry) }));
  const program = readFileSync(join(fixtures, 'uws-http.cjs'), 'utf8').replace("uWebSockets.js')", "own-fork')");
  writeFileSync(join(folder, 'server.cjs'), program);
  const service = await serviceFor(t, [join(folder, 'server.cjs')], { cwd: folder });
  await assertBothAnswer(await service.port());
});

test('every form of listen does what it does under plain node, in both workers', { skip }, async (t) => {
  const ports = await freePorts(5);
  const env = { PORTS: JSON.stringify(ports) };
  const chosen = new Set(['zero', 'another zero', 'unknown host', 'address of another']);
  const outcome = ({ form, port, error }: Opened) => [form, chosen.has(form) ? typeof port : (port ?? error)];
  const plain = printed<Opened>(await plainNode('uws-forms.cjs', [], { ...env, END: '1' }));
  assert.ok(plain.length > 12);
  const service = await serviceFor(t, ['uws-forms.cjs'], { env });
  const lines = await printedLines<Opened>(service, 2 * plain.length);
  const inOrder = (all: Opened[]) => all.map((line) => JSON.stringify(outcome(line))).toSorted();
  assert.deepEqual(inOrder(lines), inOrder([...plain, ...plain]));
  for (const port of ports) await assertBothAnswer(port, port === ports[4] ? 'localhost' : '127.0.0.1');
  for (const form of ['zero', 'another zero']) {
    const given = new Set(lines.filter((line) => line.form === form).map(({ port }) => port));
    assert.equal(given.size, 1, `${form} differs between workers`);
    await assertBothAnswer(Number([...given][0]));
  }
});

test('workers that listen at a path share its socket', { skip }, async (t) => {
  const SOCKET = join(temporaryFolder(), 'uws.sock');
  const service = await serviceFor(t, ['uws-unix.cjs'], { env: { SOCKET } });
  assert.deepEqual(await printedLines(service, 2), [{ listening: true }, { listening: true }]);
  await answeredBy(2, async () => (await get(0, '/', { socketPath: SOCKET })).body);
});

test('why an app does not listen is in the log', { skip }, async (t) => {
  const service = await serviceFor(t, ['uws-forms.cjs'], { env: { PORTS: JSON.stringify(await freePorts(5)) } });
  const said = (reason: RegExp) => {
    return service.logs.some(({ code, msg }) => code === 'WARN_UWS_LISTEN' && reason.test(msg));
  };
  for (const reason of [/EADDRINUSE/, /no\.\.host is no host/, /EADDRNOTAVAIL/]) {
    await waitFor(String(reason), () => said(reason), { state: () => service.stderr });
  }
});

for (const [how, CLOSE] of [
  ['the function', ''],
  ['app.close()', 'app'],
] as const) {
  test(
    `a worker that ends listening by ${how} gets no connection, the other all; then it listens again`,
    { skip },
    async (t) => {
      const port = await freePort();
      const service = await serviceFor(t, ['uws-close.cjs'], { env: { PORT: String(port), CLOSE } });
      await assertListensAgain(service, port);
    },
  );
}
