import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wayOf } from '../../src/supervisor/rescue.js';

test('stealing comes first wherever the servers take what others accepted', () => {
  assert.equal(wayOf('auto', true, true), 'steal');
  assert.equal(wayOf('auto', true, false), 'steal');
  assert.equal(wayOf('steal', true, true), 'steal');
});

test('migration is for servers that do not, and for those who ask for it', () => {
  assert.equal(wayOf('auto', false, true), 'migrate');
  assert.equal(wayOf('migrate', true, true), 'migrate');
  assert.equal(wayOf('migrate', false, true), 'migrate');
});

test('where the kernel cannot migrate, who asked for it gets the next best', () => {
  assert.equal(wayOf('migrate', true, false), 'steal');
  assert.equal(wayOf('migrate', false, false), null);
});

test('nothing is taken from servers that cannot be helped', () => {
  assert.equal(wayOf('auto', false, false), null);
  assert.equal(wayOf('steal', false, true), null);
});
