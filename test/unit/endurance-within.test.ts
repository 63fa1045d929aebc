import assert from 'node:assert/strict';
import { it } from 'node:test';

import { newEvidence } from '../../bench/endurance/figures.js';
import { repeat, type Stage } from '../../bench/endurance/scenario.js';
import { within } from '../../bench/endurance/within.js';

it('a step that never ends is named with the time that it had', async () => {
  const never = new Promise<void>(() => {});
  await assert.rejects(
    within('reload 4', () => never, 20),
    { message: 'reload 4: did not end within 0.02 s' },
  );
});

it('a step that ends gives what it gives', async () => {
  assert.equal(await within('reload', () => Promise.resolve(7)), 7);
  await assert.rejects(
    within('reload', () => Promise.reject(new Error('refused'))),
    { message: 'reload: refused' },
  );
});

const failThird = (round: number): Promise<void> =>
  round < 2 ? Promise.resolve() : Promise.reject(new Error('no room'));

it('what is repeated ends with the first that fails, and the others are counted', async () => {
  const evidence = newEvidence();
  const stage = { count: 5, evidence } as unknown as Stage;
  await assert.rejects(repeat(stage, 'reload', failThird), { message: 'reload 3: no room' });
  assert.equal(evidence.tookMs.length, 2);
});
