// --watch: what changes in the program is reloaded, without loss, and a broken change leaves the old workers serving.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { type Service, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const SERVER = `
import http from 'node:http';
import { version } from './lib/version.mjs';
http.createServer((request, response) => response.end(version)).listen(0, '127.0.0.1');
`;

interface Program {
  folder: string;
  write(path: string, text: string): void;
  version(text: string): void;
}

function newProgram(): Program {
  const folder = temporaryFolder();
  // Nobody sees half of it.
  const write = (path: string, text: string) => {
    writeFileSync(join(folder, '.next'), text);
    renameSync(join(folder, '.next'), join(folder, path));
  };
  const version = (text: string) => write('lib/version.mjs', `export const version = ${JSON.stringify(text)};`);
  for (const name of ['lib', 'node_modules', '.git']) mkdirSync(join(folder, name));
  write('package.json', '{}');
  write('server.mjs', SERVER);
  version('one');
  return { folder, write, version };
}

const serves = (port: number, version: string) =>
  waitFor(`version ${version}`, async () => (await get(port)).body === version);

const changes = (service: Service) =>
  service.logs.filter(({ event }) => event === 'program-changed').map(({ msg }) => msg);

test('a change is reloaded, and what is no part of the program is not', async () => {
  const program = newProgram();
  const service = await startService(['--watch', 'server.mjs'], { cwd: program.folder });
  const port = await service.port();
  await service.waitForEvent('watching');
  for (const path of ['node_modules/a.js', '.git/b.js', 'data.txt']) program.write(path, '1');
  program.version('two');
  await serves(port, 'two');
  program.version('three');
  await serves(port, 'three');
  await service.end();
  for (const change of changes(service)) {
    assert.equal(change, `${join('lib', 'version.mjs')} changed: the service is reloaded`);
  }
});

test('a program that does not start any more leaves the old workers serving, and its mending is reloaded', async () => {
  const program = newProgram();
  const service = await startService(['--watch', 'server.mjs'], { cwd: program.folder });
  const port = await service.port();
  await service.waitForEvent('watching');
  program.write('lib/version.mjs', 'this is no program');
  const { msg } = await service.waitForEvent('reload-aborted');
  assert.match(msg, /ended before it was ready: exit code 1.*The previous worker still serves\./);
  assert.equal((await get(port)).body, 'one');
  program.version('two');
  await serves(port, 'two');
  await service.end();
});

test('without --watch nothing is reloaded', async () => {
  const program = newProgram();
  const service = await startService(['server.mjs'], { cwd: program.folder });
  program.version('two');
  assert.equal((await service.command('reload')).code, 0);
  await service.end();
  assert.deepEqual(changes(service), []);
});
