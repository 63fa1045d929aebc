// Programs as their frameworks' own documentation shows them (test/frameworks) must answer from every worker, with
// nothing changed in them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../../bench/free-port.js';
import { childrenOf } from '../helpers/processes.js';
import { root, startService, type Finished, type Service } from '../helpers/reuseport.js';
import { ask, type Connection, type Target } from './frameworks-clients.js';
import { FRAMEWORKS, isWithin, whyNotInstalled, whySkipped } from './frameworks-installed.js';
import { PROGRAMS, type Program } from './frameworks-programs.js';
import { ownersOf } from './frameworks-sockets.js';

const WORKERS = 2;
/** So many that, chosen at random, all go to one of two workers once in 16 million runs. */
const CONNECTIONS = 25;
const ANSWER_DEADLINE_MS = 10_000;

const notInstalled = whyNotInstalled();

let certificates = '';

before(() => {
  certificates = mkdtempSync(path.join(tmpdir(), 'reuseport-frameworks-'));
  createCertificate(certificates);
});

after(() => {
  rmSync(certificates, { recursive: true, force: true });
});

describe('quick starts answer from every worker', () => {
  for (const program of PROGRAMS) {
    test(program.name, { skip: notInstalled ?? whySkipped(program) ?? false }, async () => {
      const service = await start(program);
      try {
        await answersFromEveryWorker(program, service);
        // Asserts, too, that no process, listener and control socket is left.
        endsAsAsked(program, await service.end(program.signal ?? 'SIGTERM'));
      } catch (error) {
        throw new Error(`${String(error)}\n\n${service.stderr}${service.stdout}`, { cause: error });
      } finally {
        killAll(service);
      }
    });
  }
});

async function start(program: Program): Promise<Service> {
  const port = await freePort();
  const args = program.arguments?.(port) ?? [];
  return await startService([`${FRAMEWORKS}${program.script}`, ...(args.length > 0 ? ['--', ...args] : [])], {
    workers: WORKERS,
    cwd: program.directory === undefined ? certificates : `${FRAMEWORKS}${program.directory}`,
    env: { PORT: String(port), NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  });
}

async function answersFromEveryWorker(program: Program, service: Service): Promise<void> {
  const port = await service.port();
  const workers = await service.workerPids();
  assert.equal(workers.length, WORKERS);
  const certificate = readFileSync(path.join(certificates, 'certificate.pem'), 'utf8');
  const target: Target = { port, certificate, frameworks: FRAMEWORKS };
  const connections: Connection[] = [];
  try {
    const answers = Array.from({ length: CONNECTIONS }, async () => {
      connections.push(await ask(program.protocol, target, AbortSignal.timeout(ANSWER_DEADLINE_MS)));
    });
    await Promise.all(answers);
    for (const { answer } of connections) {
      if (typeof program.answer === 'string') assert.equal(answer, program.answer);
      else assert.match(answer, program.answer);
    }
    const clientPorts = connections.map(({ localPort }) => localPort);
    assert.deepEqual(new Set(ownersOf(port, clientPorts, workers)), new Set(workers), 'not every worker has answered');
  } finally {
    for (const connection of connections) connection.close();
  }
}

function endsAsAsked(program: Program, { code, signal, stdout }: Finished): void {
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
  if (program.lastWords === undefined) return;
  const times = stdout.match(program.lastWords)?.length ?? 0;
  assert.equal(times, WORKERS, `${program.lastWords} was printed ${times} times, not once by each worker`);
}

/** After a failure; there is nothing to do after a success. */
function killAll(service: Service): void {
  if (service.child.exitCode !== null || service.child.signalCode !== null) return;
  const workers = childrenOf(service.pid);
  service.kill('SIGKILL');
  for (const pid of workers) process.kill(pid, 'SIGKILL');
}

/** The certificate that Node's documentation has its readers create, under the names that its examples read. */
function createCertificate(directory: string): void {
  const key = path.join(directory, 'localhost-privkey.pem');
  const certificate = path.join(directory, 'localhost-cert.pem');
  const command = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-sha256', '-subj', '/CN=localhost'];
  execFileSync('openssl', [...command, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  copyFileSync(key, path.join(directory, 'private-key.pem'));
  copyFileSync(certificate, path.join(directory, 'certificate.pem'));
}

test('docs/compatibility.md has a row for every program, with the version that is tried', () => {
  const rows = readFileSync(path.join(root, 'docs/compatibility.md'), 'utf8').split('\n');
  for (const program of PROGRAMS) {
    const row = rows.find((line) => line.split('|')[1]?.trim() === program.name);
    assert.ok(row !== undefined, `no row for ${program.name}`);
    assert.ok(row.includes(`test/frameworks/${folderOf(program)}`), `${program.name}: its folder is not in: ${row}`);
    if (program.engine === undefined) continue;
    const [, name = ''] = program.engine.split('node_modules/');
    const expected = `${name} ${versionOf(program, name)}`;
    assert.ok(row.includes(expected), `${program.name}: expected ${expected} in: ${row}`);
  }
});

/** The version that the program's package.json asks for; all are exact. */
function versionOf(program: Program, name: string): string {
  const file = path.join(FRAMEWORKS, folderOf(program), 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string> | undefined>;
  return manifest['dependencies']?.[name] ?? manifest['devDependencies']?.[name] ?? 'missing';
}

function folderOf(program: Program): string {
  return program.script.split('/')[0] ?? '';
}

test('the ranges of engines fields are understood', () => {
  assert.equal(isWithin('20.20.2', '>=20.9.0'), true);
  assert.equal(isWithin('20.8.9', '>=20.9'), false);
  assert.equal(isWithin('22.11.0', '^20.19 || ^22.12 || >=24'), false);
  assert.equal(isWithin('26.1.0', '^20.19 || ^22.12 || >=24'), true);
  assert.equal(isWithin('18.0.0', '*'), true);
  assert.throws(() => isWithin('20.0.0', '20.x'), /not understood/);
});
