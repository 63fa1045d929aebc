// The master's log: a line for each change of state, with fields, in both formats, from the level that was asked for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type LogLine, startService } from '../helpers/reuseport.js';

/** The events of a worker's life, as `event slot/generation`. */
function lives(logs: LogLine[]): string[] {
  return logs
    .filter(({ event }) => event?.startsWith('worker-'))
    .map(({ event, slot, generation }) => `${event} ${String(slot)}/${String(generation)}`);
}

test('a life from start to stop is one line for each change of state', async () => {
  const service = await startService(['--name', 'shop', 'cli-slot.mjs'], { workers: 1 });
  await service.command('reload');
  await service.end();
  const [before, after] = ['0/1', '0/2'];
  assert.deepEqual(lives(service.logs), [
    `worker-started ${before}`,
    `worker-ready ${before}`,
    `worker-started ${after}`,
    `worker-ready ${after}`,
    `worker-draining ${before}`,
    `worker-exited ${before}`,
    `worker-draining ${after}`,
    `worker-exited ${after}`,
  ]);
  const others = service.logs.filter(({ event }) => !event?.startsWith('worker-')).map(({ event }) => event);
  assert.deepEqual(others, ['starting', 'serving', 'reload-started', 'reload-complete', 'stopping', 'stopped']);
});

test('a JSON line has level, time, pid, name, event and message, one of a worker its slot, pid and generation', async () => {
  const service = await startService(['--name', 'shop', 'cli-slot.mjs'], { workers: 1 });
  const [pid] = await service.workerPids();
  await service.end();
  for (const line of service.logs) {
    assert.equal(line['pid'], service.pid);
    assert.equal(line['name'], 'shop');
    assert.equal(typeof line.event, 'string');
    assert.equal(new Date(String(line['time'])).toISOString(), line['time']);
  }
  const ready = service.logs.find(({ event }) => event === 'worker-ready');
  assert.deepEqual([ready?.['slot'], ready?.['workerPid'], ready?.['generation']], [0, pid, 1]);
  const serving = service.logs.find(({ event }) => event === 'serving');
  assert.match(serving?.msg ?? '', /^shop serves on \S+:\d+: 1 worker, steering \S+ \(.+\)$/);
});

test('a pretty line has a time, a level and a sentence', async () => {
  const service = await startService(['--log-format', 'pretty', 'cli-slot.mjs'], { workers: 1, ready: false });
  while (!service.stderr.includes('serves on'))
    await new Promise((resolve) => service.child.stderr?.once('data', resolve));
  await service.end();
  const lines = service.stderr.trimEnd().split('\n');
  for (const line of lines) assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} (debug|info |warn |error) \S/);
  assert.ok(
    lines.some((line) => /info {2}worker 0 is ready {2}slot=0 workerPid=\d+ generation=1 tookMs=\d+$/.test(line)),
  );
});

test('--log-level leaves out what is less severe', async () => {
  const levels: [string, (logs: LogLine[]) => void][] = [
    ['debug', (logs) => assert.ok(logs.some(({ event }) => event === 'listening'))],
    ['warn', (logs) => assert.deepEqual(logs, [])],
    ['silent', (logs) => assert.deepEqual(logs, [])],
  ];
  for (const [level, check] of levels) {
    const service = await startService(['--log-level', level, 'cli-slot.mjs'], { workers: 1, ready: false });
    while (!(await isReady(service))) continue;
    await service.end();
    check(service.logs);
  }
});

async function isReady(service: { command(...args: string[]): Promise<{ code: number | null; stdout: string }> }) {
  const { code, stdout } = await service.command('status');
  return code === 0 && / ready /.test(stdout);
}

test('a backlog above somaxconn is said to be cut, and to what', async () => {
  const limit = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  const service = await startService(['--backlog', String(limit + 1), 'cli-slot.mjs'], { workers: 1 });
  const cut = service.logs.find(({ event }) => event === 'backlog-cut');
  assert.deepEqual([cut?.['backlog'], cut?.['limit']], [limit + 1, limit]);
  assert.match(cut?.msg ?? '', /sysctl -w net\.core\.somaxconn=/);
  assert.equal((await service.status()).listeners[0]?.slots[0]?.backlog, limit);
  await service.end();
});
