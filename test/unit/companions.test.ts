import assert from 'node:assert/strict';
import { test } from 'node:test';

import { companionOf } from '../../src/native/companions.js';

for (const [addon, companion] of [
  ['/a/build/Release/reuseport.node', '/a/build/Release/reuseport-init'],
  ['/a/prebuilds/linux-x64/reuseport.glibc.node', '/a/prebuilds/linux-x64/reuseport-init.glibc'],
  ['/a/prebuilds/linux-arm64/reuseport.musl.armv8.node', '/a/prebuilds/linux-arm64/reuseport-init.musl.armv8'],
  ['/a.b.node/copy.node', '/a.b.node/reuseport-init'],
] as const) {
  test(`beside ${addon} lies ${companion}`, () => assert.equal(companionOf(addon, 'reuseport-init'), companion));
}
