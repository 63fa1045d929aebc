import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { reachedOnly, Spread } from '../../src/supervisor/spread.js';

const counts = (...connections: number[]) => new Map(connections.map((count, slot) => [slot, count]));

describe('whether a policy reaches every worker', () => {
  it('is judged by shares, from 32 connections for each on', () => {
    assert.deepEqual(reachedOnly(counts(4000, 0, 0, 0)), [0]);
    assert.deepEqual(reachedOnly(counts(0, 60, 0, 68)), [1, 3]);
    assert.deepEqual(reachedOnly(counts(64, 64, 0, 0)), [0, 1]);
    assert.equal(reachedOnly(counts(64, 63, 0, 0)), null);
    assert.equal(reachedOnly(counts(1000, 1000, 1000, 100)), null);
    assert.deepEqual(reachedOnly(counts(1000, 1000, 1000, 90)), [0, 1, 2]);
    assert.equal(reachedOnly(counts(1_000)), null);
    assert.equal(reachedOnly(counts()), null);
  });

  it('is judged by what came since the slots were last others, or began to count anew', () => {
    let now = counts(500, 500);
    const spread = new Spread(() => now);
    now = counts(600, 500);
    assert.deepEqual(spread.look(), [0]);
    now = counts(900, 500, 0);
    spread.restart();
    assert.equal(spread.look(), null, 'a slot has come');
    now = counts(950, 550, 50);
    assert.equal(spread.look(), null);
    now = counts(1100, 550, 0);
    assert.equal(spread.look(), null, 'a worker was replaced');
    now = counts(1200, 550, 0);
    assert.deepEqual(spread.look(), [0]);
  });
});
