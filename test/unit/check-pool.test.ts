import assert from 'node:assert/strict';
import { it } from 'node:test';
import { poolOf, poolTrouble } from '../../src/check/pool.js';
import { GOOD, rowOf } from '../helpers/check-readings.js';

const pool = (size: number) => ({ size, from: '--pool' as const });

it('the size that was asked about counts, else the one that libuv was given, as libuv reads it', () => {
  assert.deepEqual(poolOf(3, { UV_THREADPOOL_SIZE: '64' }), { size: 3, from: '--pool' });
  assert.deepEqual(read('64'), { size: 64, from: 'UV_THREADPOOL_SIZE' });
  assert.deepEqual(
    ['0', 'many', '', '-3', '99999', '8x'].map((text) => read(text)?.size),
    [1, 1, 1, 1, 1024, 8],
  );
  assert.equal(poolOf(undefined, {}), null);
});

const read = (text: string) => poolOf(undefined, { UV_THREADPOOL_SIZE: text });
const row = (size: number) => rowOf({ ...GOOD, host: { ...GOOD.host, pool: pool(size) } }, 'pool');

const plans: [workers: number, size: number, processors: number, mend: string[] | null][] = [
  [4, 1, 4, null],
  [2, 2, 4, null],
  [1, 8, 8, null],
  [4, 2, 4, ['a pool of 1 in each worker', '--workers 2']],
  [2, 6, 8, ['a pool of 4 in each worker', '--workers 1']],
  [2, 12, 8, ['a pool of 4 in each worker']],
  [8, 2, 4, ['--workers 2']],
  [2, 1, 1.5, ['--workers 1']],
  [8, 8, 4, ['a pool of 1 in each worker, and fewer workers than processors']],
];
for (const [workers, size, processors, mend] of plans) {
  it(`${workers} workers × ${size} on ${processors} processors: ${mend?.join(' or ') ?? 'fits'}`, () => {
    assert.deepEqual(poolTrouble({ workers, pool: pool(size), processors })?.mend ?? null, mend);
  });
}

it('the row is a notice when workers × pool exceeds the processors, and only then', () => {
  assert.deepEqual([row(1).status, row(1).value], ['ok', '4 workers × 1 (--pool) = 4 on 4 processors']);
  assert.deepEqual([row(2).status, row(2).value], ['notice', '4 workers × 2 (--pool) = 8 on 4 processors']);
  assert.equal(rowOf(GOOD, 'pool').status, 'ok');
});
