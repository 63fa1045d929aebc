import assert from 'node:assert/strict';
import { test } from 'node:test';

import { handoverUsage, parseHandoverOptions } from '../../bench/handover/options.js';

test('without words: everything at random, on the present Node', () => {
  const options = parseHandoverOptions([]);
  assert.ok(options !== undefined);
  const { rebalance, nodes, clients, moves, idle, workers, reloads } = options;
  assert.deepEqual({ rebalance, nodes, clients, moves, idle, workers, reloads }, {
    rebalance: false,
    nodes: [Number(process.versions.node.split('.')[0])],
    clients: 100,
    moves: 10_000,
    idle: 1_000,
    workers: 1,
    reloads: 10,
  }); // prettier-ignore
});

test('rebalance has fewer clients, its own starts, and a length in seconds or minutes', () => {
  const options = parseHandoverOptions(['rebalance', '--starts', 'no-rebalance,even', '--nodes', '20,22']);
  assert.equal(options?.clients, 8);
  assert.equal(options?.seconds, 8);
  assert.deepEqual(options?.starts, ['even', 'no-rebalance']);
  assert.deepEqual(options?.nodes, [20, 22]);
  assert.equal(parseHandoverOptions(['rebalance', '--minutes', '3'])?.seconds, 180);
});

test('--help is no run, and names each option', () => {
  assert.equal(parseHandoverOptions(['--help', '--moves', 'many']), undefined);
  for (const option of ['moves', 'idle', 'workers', 'reloads', 'starts', 'rounds', 'seconds', 'minutes', 'nodes']) {
    assert.match(handoverUsage, new RegExp(`^  --${option} `, 'm'));
  }
});

function refused(words: string[], message: RegExp): void {
  assert.throws(() => parseHandoverOptions(words), { name: 'UsageError', message });
}

test('a wrong word or number is refused by name', () => {
  refused(['balance'], /^expected "rebalance" or nothing, got balance$/);
  refused(['rebalance', 'again'], /got rebalance again$/);
  refused(['--moves', 'many'], /^--moves: expected an integer/);
  refused(['--starts', 'odd'], /^--starts: expected some of even, rebalance, no-rebalance, got "odd"$/);
  refused(['--speed', '3'], /--speed/);
});
