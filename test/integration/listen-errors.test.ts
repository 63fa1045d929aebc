import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Service, startService } from '../helpers/reuseport.js';
import { freePorts, plainNode, printedLines } from './listen-support.js';

type Results = Record<string, Record<string, unknown>>;

const folder = mkdtempSync(join(tmpdir(), 'listen-errors-'));
const taken = net.createServer();
let service: Service;
let plain: Results;
let ours: Results;

before(async () => {
  await new Promise<void>((resolve) => taken.listen(0, resolve));
  // A socket file without a socket, as a killed server leaves it.
  const leave = `require('node:net').createServer().listen(${JSON.stringify(join(folder, 'stale.sock'))}, () => process.kill(process.pid, 'SIGKILL'))`;
  assert.throws(() => execFileSync(process.execPath, ['-e', leave]));
  const env = {
    TAKEN: String((taken.address() as net.AddressInfo).port),
    PORTS: JSON.stringify(await freePorts(4)),
    FOLDER: folder,
  };
  plain = JSON.parse(await plainNode('listen-errors.cjs', [], { ...env, PLAIN: '1' })) as Results;
  service = await startService(['listen-errors.cjs'], { env, workers: 1 });
  [ours = {}] = await printedLines<Results>(service, 1);
});

after(async () => {
  await service.end();
  await new Promise((resolve) => taken.close(resolve));
  assert.deepEqual(readdirSync(folder), ['stale.sock'], 'a socket file is left behind');
  rmSync(folder, { recursive: true });
});

const situations = [
  'the same port',
  'the same port, closed',
  'the same address',
  'the same address, closed',
  'an address within 0.0.0.0',
  'an address within 0.0.0.0, closed',
  '0.0.0.0 beside an address within',
  '0.0.0.0 beside everything',
  'the same path',
  'the same path, closed',
  'a foreign address',
  'an unknown host',
  'a port taken by another',
  'an address taken by another',
  'a path left behind',
  'a path in a missing folder',
  'a relative path left behind',
  'an impossible port',
  'the same server',
];

for (const situation of situations) {
  test(`listen fails as under plain node: ${situation}`, () => {
    assert.notEqual(plain[situation], undefined);
    assert.deepEqual(ours[situation], plain[situation]);
  });
}

test('the log says who holds an address that is taken', () => {
  const line = service.logs.find(({ code }) => code === 'ERR_STRANGER');
  assert.match(line?.msg ?? '', new RegExp(`pid ${process.pid} `));
});
