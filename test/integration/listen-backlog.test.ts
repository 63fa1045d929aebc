import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePorts, printedLines, serviceFor } from './listen-support.js';

test('--backlog overrides what the program names', async (t) => {
  const ports = await freePorts(5);
  const service = await serviceFor(t, ['--backlog', '55', 'listen-forms.cjs'], {
    env: { PORTS: JSON.stringify(ports) },
    workers: 1,
  });
  await printedLines(service, 13);
  const { listeners } = await service.status();
  const backlogs = new Set(listeners.flatMap(({ slots }) => slots.map(({ backlog }) => backlog)));
  assert.deepEqual([...backlogs], [55]);
});
