import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseSteeringOptions, rivalsOf } from '../../bench/steering/options.js';
import { rivalNamed } from '../../bench/steering/rivals.js';
import type { SteeringSettings } from '../../bench/steering/rivals.js';
import { scenarioNames, scenarios } from '../../bench/steering/scenarios.js';

const settings: SteeringSettings = {
  host: '127.0.0.1',
  port: 8080,
  workers: 3,
  backlogConnections: 511,
  folder: '/nowhere',
  launcher: ['in-there'],
};

const commandOf = (name: string): string => {
  const command = rivalNamed(name).command(settings);
  return typeof command === 'string' ? command : [command.file, ...command.args].join(' ');
};

test('without words all scenarios run but the two that are asked for by name', () => {
  const left = scenarioNames.filter((name) => name !== 'programs' && name !== 'hermes');
  assert.deepEqual(parseSteeringOptions([])?.scenarios, left);
  assert.deepEqual(parseSteeringOptions(['hermes', 'stall', 'hermes'])?.scenarios, ['hermes', 'stall']);
});

test('a wrong word is refused by name', () => {
  assert.throws(() => parseSteeringOptions(['stal']), /no scenario "stal"/);
  assert.throws(() => parseSteeringOptions(['--rounds', '0']), /--rounds: expected a number from 1 to 200, got "0"/);
  assert.throws(() => parseSteeringOptions(['--rounds', '1.5']), /--rounds: expected an integer/);
  assert.throws(() => parseSteeringOptions(['--loss', '']), /--loss/);
  assert.throws(() => parseSteeringOptions(['--policies', 'idle,']), /--policies: an empty name/);
  assert.throws(() => parseSteeringOptions(['--no-such']), /--no-such/);
});

test('policies replace the policies of a scenario, rivals replace all', () => {
  const scenario = { others: ['plain', 'shared'], policies: ['hash'] };
  assert.deepEqual(rivalsOf({ policies: undefined, rivals: undefined }, scenario), ['plain', 'shared', 'hash']);
  assert.deepEqual(rivalsOf({ policies: ['idle'], rivals: undefined }, scenario), ['plain', 'shared', 'idle']);
  assert.deepEqual(rivalsOf({ policies: ['idle'], rivals: ['plain', 'cpu'] }, scenario), ['plain', 'cpu']);
});

test('options of reuseport run stand behind a policy, each after an @', () => {
  const command = commandOf('idle@rescue-after=2ms@spares=1');
  if (command.endsWith('is not built')) return;
  assert.match(command, /^in-there .* run .* --steer idle --workers 3 .* --rescue-after 2ms --spares 1$/);
});

test('adaptive is measured without any right, unless told otherwise', { skip: process.getuid?.() !== 0 }, () => {
  assert.match(commandOf('adaptive'), /^in-there setpriv --reuid=65534 /);
  assert.doesNotMatch(commandOf('adaptive@user=root'), /setpriv|user/);
  assert.match(commandOf('hash@user=nobody'), /setpriv/);
  assert.equal(rivalNamed('adaptive').uid, 65_534);
});

test('every scenario says what it asks and what it expects, and has rivals and rounds', () => {
  for (const name of scenarioNames) {
    const plan = parseSteeringOptions([name, '--rounds', '5'])?.plan;
    assert.ok(plan);
    const scenario = scenarios[name]?.(plan);
    assert.equal(scenario?.name, name);
    assert.match(scenario.question, /\?$/);
    assert.ok(scenario.expected.length > 20 && scenario.rounds >= 5 && scenario.policies.length > 0, name);
  }
});

const settingsFor = (workers: number): SteeringSettings => ({ ...settings, workers });

test('workers are event loops: with threads there are fewer processes, and a part of one is none', () => {
  const four = rivalNamed('auto@threads=2').command(settingsFor(4));
  assert.ok(typeof four === 'object' && four.args.join(' ').includes('--workers 2 '));
  assert.ok(four.args.join(' ').endsWith('--threads 2'));
  assert.equal(
    rivalNamed('auto@threads=2').command(settingsFor(3)),
    '3 event loops are no whole number of processes of 2 threads',
  );
});
