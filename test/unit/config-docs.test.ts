import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';

import { configurationDocs } from '../../src/config/docs.js';
import { OPTION_KEYS, variableOf, wordOf } from '../../src/config/option-table.js';

it('docs/configuration.md is what the option table generates', async () => {
  const file = await readFile(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  assert.equal(file, configurationDocs(), 'regenerate it: node dist/src/config/docs.js --write');
});

it('the reference names every option, key and variable', () => {
  const docs = configurationDocs();
  for (const key of OPTION_KEYS) {
    assert.ok(docs.includes(`--${wordOf(key)}`), key);
    assert.ok(docs.includes(`\`${variableOf(key)}\``), key);
  }
});
