import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sayClose } from '../../src/worker/uws/last-response.js';
import type { UwsResponse } from '../../src/worker/uws/types.js';

/** A response that notes what is called, as the native ones have their methods: on their prototype. */
function responseOf(calls: unknown[][]): UwsResponse & Record<string, (...args: unknown[]) => unknown> {
  const prototype: Record<string, unknown> = {};
  for (const name of ['writeStatus', 'writeHeader', 'write', 'tryEnd', 'end', 'endWithoutBody']) {
    prototype[name] = function note(this: unknown, ...args: unknown[]) {
      assert.equal(this, response);
      calls.push([name, ...args]);
      return response;
    };
  }
  const response = Object.create(prototype) as UwsResponse & Record<string, (...args: unknown[]) => unknown>;
  return response;
}

for (const [name, act, expected] of [
  [
    'after the program’s own status and headers',
    (res: ReturnType<typeof responseOf>) => {
      res['writeStatus']?.('404 Not Found');
      res.writeHeader('A', 'b');
      res['end']?.('body');
    },
    [
      ['writeStatus', '404 Not Found'],
      ['writeHeader', 'A', 'b'],
      ['writeHeader', 'Connection', 'close'],
      ['end', 'body'],
    ],
  ],
  [
    'once, before the first piece',
    (res: ReturnType<typeof responseOf>) => {
      res['write']?.('one');
      res['write']?.('other');
      res['end']?.();
    },
    [['writeHeader', 'Connection', 'close'], ['write', 'one'], ['write', 'other'], ['end']],
  ],
  [
    'not where the program closes itself',
    (res: ReturnType<typeof responseOf>) => res['end']?.('body', true),
    [['end', 'body', true]],
  ],
  [
    'before the first try',
    (res: ReturnType<typeof responseOf>) => res['tryEnd']?.('body', 4),
    [
      ['writeHeader', 'Connection', 'close'],
      ['tryEnd', 'body', 4],
    ],
  ],
] as const) {
  test(`Connection: close is said ${name}`, () => {
    const calls: unknown[][] = [];
    const response = responseOf(calls);
    sayClose(response);
    act(response);
    assert.deepEqual(calls, expected);
    assert.deepEqual(Object.keys(response), []);
  });
}
