// What the addon changes of its own process: tried in one of its own.
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { addon, childAnswer, keepsDescriptors } from './support.js';

interface Facts {
  shown: string;
  commandLine: string;
  allowed: string[];
  childAllowed: string;
  refused: string;
}

test('a title is shown, and every thread and child runs on the processor that it was told to', async () => {
  const allowed = /^Cpus_allowed_list:\s+.*?(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const processor = Number(allowed);
  const facts = (await childAnswer('self', [String(processor)])) as Facts;
  assert.equal(facts.commandLine, 'reuseport: a title');
  assert.equal(facts.shown, 'reuseport: a title');
  assert.ok(facts.allowed.length > 1, 'it has threads');
  assert.deepEqual([...new Set(facts.allowed)], [String(processor)]);
  assert.equal(facts.childAllowed, String(processor));
  assert.equal(facts.refused, 'EINVAL');
});

test('replaceDescriptor puts another file in the place of an open one', () =>
  keepsDescriptors(() => {
    const folder = mkdtempSync(join(tmpdir(), 'reuseport-native-'));
    const fd = openSync('/dev/null', 'w');
    const source = openSync(join(folder, 'log'), 'w');
    addon.replaceDescriptor(source, fd);
    closeSync(source);
    const inherits =
      (parseInt(/flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '', 8) & 0o2000000) ===
      0;
    assert.equal(inherits, false, 'only the standard streams are');
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }));
