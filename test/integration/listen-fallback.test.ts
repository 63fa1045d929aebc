import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { fixtures, type Service } from '../helpers/reuseport.js';
import {
  answeredBy,
  assertBothAnswer,
  freePorts,
  hasIpv6,
  printed,
  printedLines,
  serviceFor,
} from './listen-support.js';

interface Opened {
  form: string;
  address: { port: number };
}

const preload = `--node-arg=--require=${join(fixtures, 'without-internals.cjs')}`;

function assertNamed(service: Service, missing: string): void {
  const line = service.logs.find(({ code }) => code === 'WARN_NODE_INTERNALS');
  for (const name of missing.split(',')) assert.ok(line?.msg.includes(name), `${name} is not named: ${line?.msg}`);
}

for (const missing of ['net._createServerHandle', 'cluster._getServer', 'cluster._getServer,net._createServerHandle']) {
  test(`every form of listen works, and a reload, on a Node without ${missing}`, async (t) => {
    const env = { MISSING: missing, PORTS: JSON.stringify(await freePorts(5)), ...(hasIpv6 ? { IPV6: '1' } : {}) };
    const service = await serviceFor(t, [preload, 'listen-forms.cjs'], { env });
    const lines = await printedLines<Opened>(service, hasIpv6 ? 32 : 26);
    const ports = new Map(
      lines.filter(({ form }) => form !== 'synchronous').map(({ form, address }) => [form, address.port]),
    );
    assertNamed(service, missing);
    const bothAnswer = async () => {
      for (const [form, port] of ports) {
        await assertBothAnswer(
          port,
          form === '::1' || form === 'ipv6Only' ? '::1' : form === 'localhost' ? form : '127.0.0.1',
        );
      }
    };
    await bothAnswer();
    assert.equal((await service.command('reload')).code, 0);
    await bothAnswer();
    assert.equal((await service.end()).code, 0);
    assert.deepEqual(
      service.logs.filter(({ event }) => event === 'worker-killed'),
      [],
    );
  });
}

test('without Node’s internals a path, the program’s own close and a slow answer do as they should', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'listen-fallback-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const env = { MISSING: 'cluster._getServer,net._createServerHandle' };
  const path = join(folder, 'a.sock');
  const onPath = await serviceFor(t, [preload, 'listen-path.cjs'], {
    env: { ...env, OPTIONS: JSON.stringify({ path }) },
  });
  await answeredBy(2, async () => (await get(0, '/', { socketPath: path })).body);
  await onPath.end();

  const service = await serviceFor(t, [preload, 'drain-http.cjs'], { env: { ...env, HANDLER: 'SIGTERM' }, workers: 1 });
  const slow = get(await service.port(), '/slow');
  await printedLines(service, 1);
  service.kill('SIGTERM');
  assert.equal((await slow).status, 200);
  assert.equal((await service.end()).code, 0);
  const closed = printed<{ closed?: string | null }>(service.stdout).filter((line) => 'closed' in line);
  assert.deepEqual(
    closed.map((line) => line.closed),
    [null],
  );
});
