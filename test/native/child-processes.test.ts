// Orphans come to this process, and are reaped one by one, by their pid.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { test } from 'node:test';
import { readChildren, readProcess } from '../../src/supervisor/process-table.js';
import { addon, assertSystemError, keepsDescriptors, until } from './support.js';

/** A process whose parent has ended. */
async function orphan(): Promise<number> {
  const shell = spawn('sh', ['-c', 'setsid sleep 3600 >/dev/null & echo $!'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  shell.stdout.on('data', (data: Buffer) => (text += data.toString()));
  await new Promise((resolve) => shell.once('close', resolve));
  return Number(text);
}

test('an orphan is a child of this process, and a zombie until it is reaped, once', () =>
  keepsDescriptors(async () => {
    addon.adoptOrphans();
    const pid = await orphan();
    assert.equal(readProcess(pid)?.parent, process.pid);
    assert.ok(readChildren(process.pid).some((child) => child.pid === pid));
    assert.equal(addon.reapChild(pid), false, 'it lives');
    process.kill(pid, 'SIGKILL');
    await until(
      () => readProcess(pid)?.zombie === true,
      () => JSON.stringify(readProcess(pid)),
    );
    assert.equal(addon.reapChild(pid), true);
    assert.equal(readProcess(pid), null);
    assertNoChild(pid);
  }));

test('a child that Node waits for keeps its exit code while orphans are reaped', () =>
  keepsDescriptors(async () => {
    addon.adoptOrphans();
    const child = spawn('sh', ['-c', 'read line; exit 7'], { stdio: ['pipe', 'ignore', 'inherit'] });
    const pid = await orphan();
    process.kill(pid, 'SIGKILL');
    await until(
      () => addon.reapChild(pid),
      () => JSON.stringify(readProcess(pid)),
    );
    child.stdin.end('\n');
    assert.equal(await new Promise((resolve) => child.once('close', resolve)), 7);
  }));

test('what is no child cannot be reaped', () => {
  assertNoChild(process.pid);
  assert.throws(() => addon.reapChild(0), RangeError);
  assert.throws(() => addon.reapChild('1' as unknown as number), TypeError);
});

function assertNoChild(pid: number): void {
  assertSystemError(() => addon.reapChild(pid), {
    code: 'ECHILD',
    errno: constants.errno.ECHILD,
    syscall: 'waitid',
    subject: `pid ${pid}`,
  });
}
