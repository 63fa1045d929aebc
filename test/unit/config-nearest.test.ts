import assert from 'node:assert/strict';
import { it } from 'node:test';

import { nearestWord, suggestion } from '../../src/config/nearest.js';

const WORDS = ['workers', 'bind', 'ready-timeout', 'graceful-timeout', 'log-level', 'env'];
const cases: [string, string | undefined][] = [
  ['wokers', 'workers'],
  ['wrokers', 'workers'],
  ['WORKERS', 'workers'],
  ['grace-timeout', 'graceful-timeout'],
  ['graceful', 'graceful-timeout'],
  ['bidn', 'bind'],
  ['evn', 'env'],
  ['xyz', undefined],
  ['r', undefined],
  ['', undefined],
  ['w'.repeat(10_000), undefined],
];
for (const [word, expected] of cases) {
  it(`suggests ${expected ?? 'nothing'} for ${JSON.stringify(word.slice(0, 20))}`, () => {
    assert.equal(nearestWord(word, WORDS), expected);
  });
}

it('writes the suggestion as the end of a sentence, or nothing', () => {
  assert.equal(
    suggestion('wokers', WORDS, (word) => `--${word}`),
    '; did you mean --workers?',
  );
  assert.equal(
    suggestion('xyz', WORDS, (word) => word),
    '',
  );
});
