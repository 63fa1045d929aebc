// What docs/library.md shows is what there is: its layout, and its policies, which load and choose.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as layout from '../../src/state/layout.js';
import * as library from '../../src/index.js';
import * as program from '../../src/steering/api.js';
import { root } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';

const text = readFileSync(join(root, 'docs', 'library.md'), 'utf8');

/** The offsets in the table whose first column has that head. */
function offsetsIn(head: string): Record<string, number> {
  const table = text.slice(text.indexOf(`| ${head} |`)).split('\n\n')[0] ?? '';
  const rows = [...table.matchAll(/^\| +(\d+) \| `\S+ (\w+)`/gm)];
  return Object.fromEntries(rows.map(([, offset, name = '']) => [name, Number(offset)]));
}

test('the layout is that of src/state/layout.ts', () => {
  assert.deepEqual(offsetsIn('of a row'), layout.ROW);
  assert.deepEqual(offsetsIn('of a group'), layout.GROUP_ENTRY);
  const outline = /```text\n( +0 {2}u64 magic[\s\S]*?)```/.exec(text)?.[1] ?? '';
  const words = Object.fromEntries(
    [...outline.matchAll(/(\d+) {2}u\d\d (\w+)/g)].map(([, offset, name = '']) => [name, Number(offset)]),
  );
  const { HEADER, KERNEL_PAGE, WATCHER_ASLEEP } = layout;
  assert.deepEqual(words, { ...HEADER, ...KERNEL_PAGE, watcherAsleep: WATCHER_ASLEEP });
  assert.match(outline, new RegExp(`^ +${layout.ROWS_START} {2}rows of ${layout.ROW_BYTES} bytes`, 'm'));
  assert.match(outline, new RegExp(`^ *${layout.GROUPS_START} {2}groups of ${layout.GROUP_BYTES} bytes`, 'm'));
  const flags = Object.entries(layout.FLAG).map(([name, bit]) => `${bit} ${name}`);
  assert.ok(text.includes(flags.join(', ')));
});

test('every policy that is shown loads', { skip: steeringDenied() }, () => {
  const shown = [...text.matchAll(/```js\nimport \{([^}]*)\} from 'reuseport\/program';\n([\s\S]*?)```/g)];
  const names = ['parity', 'fewestRequests'];
  assert.equal(shown.length, names.length);
  const page = library.StatePage.create();
  const listener = library.Listener.open({ address: '127.0.0.1', port: 0 });
  for (const [index, [, imported = '', code = '']] of shown.entries()) {
    const body = `const {${imported}} = program;\n${code.replace(/^group\..*$/m, '')}\nreturn ${names[index]};`;
    // oxlint-disable-next-line no-new-func, typescript/no-implied-eval
    const policy = (new Function('program', body) as (given: typeof program) => program.Choose)(program);
    const group = new library.SteeringGroup({ page, policy, expectedSlots: 64 });
    group.add(0, listener);
    assert.notEqual(group.program, null);
    group.close();
  }
  page.close();
  listener.close();
});
