import assert from 'node:assert/strict';
import { it } from 'node:test';

import { splitWords, valueOfFlag, valueOfVariable } from '../../src/config/text-values.js';

const splits: [string, readonly string[]][] = [
  ['', []],
  ['  ', []],
  ['a b\tc\nd', ['a', 'b', 'c', 'd']],
  ['"a b" c', ['a b', 'c']],
  ['B="two words"', ['B=two words']],
  ['A="say \\"hi\\""', ['A=say "hi"']],
  ['"a\\\\b"', ['a\\b']],
  ['a\\b', ['a\\b']],
  ['"" x', ['', 'x']],
  ['"open end', ['open end']],
];
for (const [text, expected] of splits) {
  it(`splits ${JSON.stringify(text)} into ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(splitWords(text), expected);
  });
}

for (const text of ['1', 'true', 'yes', 'on', 'TRUE']) {
  it(`takes ${text} in the environment for on`, () => {
    assert.equal(valueOfVariable('switch', text), true);
  });
}

for (const text of ['0', 'false', 'no', 'off']) {
  it(`takes ${text} in the environment for off`, () => {
    assert.equal(valueOfVariable('switch', text), false);
  });
}

it('leaves text that is no integer as it is, for the schema to refuse', () => {
  assert.equal(valueOfFlag('integer', '4'), 4);
  assert.equal(valueOfFlag('integer', '-4'), -4);
  assert.equal(valueOfFlag('integer', '4.0'), '4.0');
  assert.equal(valueOfFlag('integer', ''), '');
});

it('lets the last pair of a name win and keeps equals signs in values', () => {
  assert.deepEqual(valueOfFlag('pairs', ['A=1', 'B=x=y', 'A=2', 'C=']), { A: '2', B: 'x=y', C: '' });
});
