import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorStream } from '../../src/observe/error-stream.js';

/** A device that takes what `script` says: a number of bytes, an errno, or all. */
function device(script: (number | string)[]) {
  let taken = '';
  const stream = new ErrorStream(
    (lost) => `lost ${lost}\n`,
    (bytes) => {
      const next = script.shift() ?? bytes.length;
      if (typeof next === 'string') throw Object.assign(new Error(next), { code: next });
      taken += Buffer.from(bytes.subarray(0, next)).toString();
      return Math.min(next, bytes.length);
    },
  );
  return { stream, taken: () => taken };
}

test('a line that is taken in pieces arrives whole', () => {
  const { stream, taken } = device([2, 'EAGAIN', 1]);
  stream.write('hello\n');
  assert.equal(taken(), 'hello\n');
});

test('lost lines are counted, and the next one says so once', () => {
  const { stream, taken } = device(['ENOSPC', 'EPIPE']);
  for (const line of ['a\n', 'b\n', 'c\n', 'd\n']) stream.write(line);
  assert.equal(taken(), 'lost 2\nc\nd\n');
});

test('a line torn by a full disk does not run into the next one', () => {
  const { stream, taken } = device([3, 'ENOSPC']);
  stream.write('hello\n');
  stream.write('again\n');
  assert.equal(taken(), 'hel\nlost 1\nagain\n');
});

test('a reader that stands still holds the writer up once, not for every line', () => {
  const stuck = Array.from({ length: 10_000 }, () => 'EAGAIN');
  const { stream } = device(stuck);
  stream.write('first\n');
  const before = stuck.length;
  stream.write('second\n');
  assert.equal(before - stuck.length, 1);
});
