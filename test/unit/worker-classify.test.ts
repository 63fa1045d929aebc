import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { classify } from '../../src/worker/default-export.js';
import { fromEnvironment } from '../../src/worker/exported-server.js';

const handler = () => {};
const cases: [string, unknown, string | undefined][] = [
  ['a function', handler, 'handler'],
  ['an object with fetch', { fetch: handler }, 'fetch'],
  ['a server', http.createServer(), 'server'],
  ['a compiled ES module', { __esModule: true, default: handler }, 'handler'],
  ['a function with fetch', Object.assign(() => {}, { fetch: handler }), 'handler'],
  [
    'a class',
    class {
      readonly name = 'none';
    },
    undefined,
  ],
  ['an object', { handler }, undefined],
  ['nothing', undefined, undefined],
  ['null', null, undefined],
];

for (const [what, value, kind] of cases) {
  test(`an export is ${kind ?? 'nothing to serve'}: ${what}`, () => {
    assert.equal(classify(value)?.kind, kind);
  });
}

test('fetch is called on the exported object', async () => {
  const app = {
    answer: 'mine',
    fetch() {
      return new Response(this.answer);
    },
  };
  const exported = classify(app);
  assert.ok(exported?.kind === 'fetch');
  const response = await exported.fetch(new Request('http://localhost/'));
  assert.equal(await response.text(), 'mine');
});

test('PORT and HOST say where, and are ignored where they are nonsense', () => {
  assert.deepEqual(fromEnvironment({}), { host: '127.0.0.1', port: 3000 });
  assert.deepEqual(fromEnvironment({ PORT: '0', HOST: '::' }), { host: '::', port: 0 });
  for (const PORT of ['', ' ', 'x', '-1', '70000', '1.5'])
    assert.equal(fromEnvironment({ PORT, HOST: '' }).port, 3000, PORT);
});
