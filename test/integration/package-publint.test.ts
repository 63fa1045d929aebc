// package.json is one that every package manager, bundler and Node reads the same way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

import { pack } from '../helpers/package.js';
import { root } from '../helpers/reuseport.js';

test('publint finds nothing in the package', async () => {
  const { files } = await pack(null);
  assert.ok(files.some(({ path }) => path === 'dist/src/index.d.ts'));
  const { messages, pkg } = await publint({ pkgDir: root, pack: 'npm', strict: true, level: 'suggestion' });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});
