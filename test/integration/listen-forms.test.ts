import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { get } from '../helpers/http.js';
import { type Service, startService } from '../helpers/reuseport.js';
import { assertBothAnswer, freePorts, hasIpv6, printedLines, serviceFor } from './listen-support.js';

interface Opened {
  form: string;
  pid: number;
  address: { address: string; port: number };
}

const forms = [
  'port',
  'port, host',
  'port, host, backlog, callback',
  'options',
  'string',
  'nothing',
  'callback',
  '0.0.0.0',
  'localhost',
  'zero',
  'another zero',
  'promise',
  'synchronous',
];
const ipv6Forms = ['::1', '::', 'ipv6Only'];
const skip = hasIpv6 ? false : 'this machine has no IPv6';

describe('a program listens in every form that Node knows', () => {
  let service: Service;
  let ports: number[];
  const opened = new Map<string, Opened[]>();

  before(async () => {
    ports = await freePorts(5);
    const env = { PORTS: JSON.stringify(ports), ...(hasIpv6 ? { IPV6: '1' } : {}) };
    service = await startService(['listen-forms.cjs'], { env });
    const count = 2 * (forms.length + (hasIpv6 ? ipv6Forms.length : 0));
    for (const line of await printedLines<Opened>(service, count)) {
      opened.set(line.form, [...(opened.get(line.form) ?? []), line]);
    }
  });
  after(() => service.end());

  const portOf = (form: string): number => {
    const [one, other] = opened.get(form) ?? [];
    assert.deepEqual(one?.address, other?.address, 'the workers have different addresses');
    return one?.address.port ?? 0;
  };

  for (const form of forms) {
    test(`both workers answer on the same address: ${form}`, async () => {
      const port = portOf(form);
      await assertBothAnswer(port, form === 'localhost' ? 'localhost' : '127.0.0.1');
    });
  }

  for (const form of ipv6Forms) {
    test(`both workers answer on the same address: ${form}`, { skip }, async () => {
      await assertBothAnswer(portOf(form), '::1');
    });
  }

  test('fixed ports are those that the program named', () => {
    const named = ['port', 'port, host', 'port, host, backlog, callback', 'options', 'string'];
    assert.deepEqual(named.map(portOf), ports);
  });

  test('two servers on port 0 have two ports', () => {
    assert.notEqual(portOf('zero'), portOf('another zero'));
  });

  test('no address means IPv6 and IPv4', { skip }, async () => {
    assert.equal(opened.get('nothing')?.[0]?.address.address, '::');
    await assertBothAnswer(portOf('nothing'), '::1');
    await assertBothAnswer(portOf('nothing'), '127.0.0.1');
  });

  test('`::` takes IPv4 as well, `ipv6Only` does not', { skip }, async () => {
    await assertBothAnswer(portOf('::'), '127.0.0.1');
    await assert.rejects(get(portOf('ipv6Only'), '/', { host: '127.0.0.1' }), { code: 'ECONNREFUSED' });
  });

  test('the backlog is the named one, or 4096 cut to somaxconn', async () => {
    const limit = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
    const { listeners } = await service.status();
    const backlogs = (form: string) => {
      return listeners.find(({ port }) => port === portOf(form))?.slots.map(({ backlog }) => backlog);
    };
    assert.deepEqual(backlogs('port, host, backlog, callback'), [77, 77]);
    assert.deepEqual(backlogs('options'), [33, 33]);
    assert.deepEqual(backlogs('port'), [Math.min(4096, limit), Math.min(4096, limit)]);
  });
});

test('a server that listens long after the main module has ended is served by both workers', async (t) => {
  const service = await serviceFor(t, ['listen-late.cjs']);
  await assertBothAnswer(await service.port());
});
