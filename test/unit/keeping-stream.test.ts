import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeepingStream } from '../../src/observe/keeping-stream.js';

/** A file that takes what `script` says: a number of bytes, an errno, or all. */
function file(script: (number | string)[], mostKeptBytes?: number) {
  let taken = '';
  const refusals: (string | null)[] = [];
  const stream = new KeepingStream({
    writeSome: (bytes) => {
      const next = script.shift() ?? bytes.length;
      if (typeof next === 'string') throw Object.assign(new Error(next), { code: next });
      taken += Buffer.from(bytes.subarray(0, next)).toString();
      return Math.min(next, bytes.length);
    },
    onRefusal: (error) => refusals.push(error?.code ?? null),
    noticeOf: (lost) => `lost ${lost}\n`,
    ...(mostKeptBytes === undefined ? {} : { mostKeptBytes }),
  });
  return { stream, taken: () => taken, refusals };
}

test('what a full disk refuses comes when there is room, in order, and nothing is lost', () => {
  const { stream, taken, refusals } = file(['ENOSPC', 'ENOSPC', 'ENOSPC']);
  for (const line of ['a\n', 'b\n', 'c\n', 'd\n']) stream.write(line);
  assert.equal(taken(), 'a\nb\nc\nd\n');
  assert.deepEqual(refusals, ['ENOSPC', null]);
});

test('a line that is taken in pieces arrives whole', () => {
  const { stream, taken } = file([2, 1]);
  stream.write('hello\n');
  assert.equal(taken(), 'hello\n');
});

test('a line torn by a full disk is written again as a whole', () => {
  const { stream, taken } = file([3, 'ENOSPC']);
  stream.write('hello\n');
  stream.write('again\n');
  assert.equal(taken(), 'hel\nhello\nagain\n');
});

test('what is kept has a limit, and what goes beyond is counted', () => {
  const { stream, taken } = file(['ENOSPC', 'ENOSPC', 'ENOSPC'], 4);
  for (const line of ['a\n', 'b\n', 'c\n']) stream.write(line);
  assert.equal(taken(), '');
  stream.flush();
  assert.equal(taken(), 'a\nb\nlost 1\n');
});

test('what has not been written in the end is given back, once', () => {
  const { stream } = file(['ENOSPC', 'ENOSPC'], 3);
  stream.write('a\n');
  stream.write('b\n');
  assert.equal(stream.takeKept(), 'a\nlost 1\n');
  assert.equal(stream.takeKept(), '');
});
