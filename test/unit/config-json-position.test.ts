import assert from 'node:assert/strict';
import { it } from 'node:test';

import { findJsonError } from '../../src/config/json-position.js';

const broken: [string, number, number][] = [
  ['', 1, 1],
  ['{', 1, 2],
  ['{"a": x}', 1, 7],
  ['{\n  "a": 1,\n}', 3, 1],
  ['{"a": 1 "b": 2}', 1, 9],
  ['[1, 2', 1, 6],
  ['{"a" 1}', 1, 6],
  ['{a: 1}', 1, 2],
  ['{"a": 1} x', 1, 10],
  ['{"a": "\n"}', 1, 7],
  ['{\n"a": 01}', 2, 7],
];
for (const [text, line, column] of broken) {
  it(`finds the error of ${JSON.stringify(text)} at ${line}:${column}`, () => {
    assert.deepEqual(findJsonError(text), { line, column });
  });
}

for (const text of ['{}', '[]', ' {"a": [1, -2.5e3, true, null, "\\u00e9"]}\n', '"x"', '0']) {
  it(`finds no error in ${JSON.stringify(text)}`, () => {
    assert.equal(findJsonError(text), undefined);
  });
}

it('survives nesting deeper than the stack', () => {
  assert.deepEqual(findJsonError('['.repeat(1_000_000)), { line: 1, column: 1 });
});
