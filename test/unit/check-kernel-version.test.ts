import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseKernel, wakesByVersion } from '../../src/check/kernel-version.js';

const DEBIAN = '#1 SMP PREEMPT_DYNAMIC Debian';

const versions: [string, string, boolean | null][] = [
  ['6.18.44', '', true],
  ['6.18.44-custom', '#1 SMP', true],
  ['6.18.43', '', false],
  ['6.12.117+deb13-amd64', `${DEBIAN} 6.12.117-1 (2026-07-01)`, true],
  ['6.12.88+deb13-amd64', `${DEBIAN} 6.12.88-1 (2026-06-01)`, false],
  ['6.1.0-49-amd64', `${DEBIAN} 6.1.192-1 (2026-07-01)`, true],
  ['6.1.0-30-amd64', `${DEBIAN} 6.1.124-1 (2025-01-12)`, false],
  // Not Debian's; other series; and numbers that stay while fixes are added.
  ['6.1.192', '#1 SMP', null],
  ['6.6.100', '#1 SMP', null],
  ['7.0.1', '#1 SMP', null],
  ['6.8.0-45-generic', '#45-Ubuntu SMP', null],
  ['6.12.0-55.el10.x86_64', '#1 SMP', null],
  ['strange', '', null],
];
for (const [release, build, wakes] of versions) {
  it(`Linux ${release} ${build}: the fix of CVE-2026-46015 is ${wakes === null ? 'unknown' : String(wakes)}`, () => {
    assert.equal(wakesByVersion({ release, build }), wakes);
  });
}

function isBefore511(release: string): boolean {
  return parseKernel({ release, build: '' }).isBefore(5, 11);
}

it('versions are compared by number', () => {
  assert.ok(isBefore511('5.9.16'));
  assert.ok(isBefore511('4.19'));
  assert.ok(!isBefore511('5.11.0'));
  assert.ok(!isBefore511('6.1.0'));
  assert.ok(!isBefore511('strange'));
});
