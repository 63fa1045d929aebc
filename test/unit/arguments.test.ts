import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseArguments } from '../../src/cli/arguments.js';
import type { Arguments } from '../../src/cli/arguments.js';
import { ReuseportError } from '../../src/errors.js';

const NONE = { name: undefined, control: undefined };

function run(script: string | undefined, options: Record<string, unknown> = {}, args?: readonly string[]): unknown {
  return { command: 'run', flags: { script, args, options } };
}

const VALID: [string, unknown][] = [
  ['', run(undefined)],
  ['server.js', run('server.js')],
  ['run server.js', run('server.js')],
  ['run', run(undefined)],
  ['./status', run('./status')],
  ['run status', run('status')],
  ['-w 4 server.js', run('server.js', { workers: '4' })],
  ['server.js -w4 --workers=8', run('server.js', { workers: '8' })],
  ['server.js -b :80 -c c.json -n x', run('server.js', { bind: ':80', config: 'c.json', name: 'x' })],
  ['server.js --workers -1', run('server.js', { workers: '-1' })],
  ['server.js --name=-x', run('server.js', { name: '-x' })],
  ['server.js --join', run('server.js', { join: true })],
  ['server.js --no-join', run('server.js', { join: false })],
  ['server.js --env A=1 --env B=2', run('server.js', { env: ['A=1', 'B=2'] })],
  ['server.js --node-arg --inspect --node-arg=-r', run('server.js', { 'node-arg': ['--inspect', '-r'] })],
  ['server.js -- -w 4 -- status', run('server.js', {}, ['-w', '4', '--', 'status'])],
  ['server.js --', run('server.js', {}, [])],
  ['-- server.js --help', run(undefined, {}, ['server.js', '--help'])],
  ['status', { command: 'status', target: NONE, json: false }],
  ['status --json -n a', { command: 'status', target: { name: 'a', control: undefined }, json: true }],
  ['--json status', { command: 'status', target: NONE, json: true }],
  ['reload', { command: 'reload', target: NONE, json: false, timeoutMs: undefined }],
  ['reload --json', { command: 'reload', target: NONE, json: true, timeoutMs: undefined }],
  ['reload --timeout 2m', { command: 'reload', target: NONE, json: false, timeoutMs: 120_000 }],
  ['stop --quick', { command: 'stop', target: NONE, quick: true, timeoutMs: undefined }],
  [
    'stop --control /c --timeout 1s',
    { command: 'stop', target: { name: undefined, control: '/c' }, quick: false, timeoutMs: 1000 },
  ],
  ['scale 4', { command: 'scale', target: NONE, workers: 4, timeoutMs: undefined }],
  ['scale --timeout 1s 64', { command: 'scale', target: NONE, workers: 64, timeoutMs: 1000 }],
  ['check', { command: 'check', json: false, pool: undefined }],
  ['check --json', { command: 'check', json: true, pool: undefined }],
  ['check --pool 8', { command: 'check', json: false, pool: 8 }],
  [
    'check --config',
    {
      command: 'check-config',
      json: false,
      pool: undefined,
      flags: { script: undefined, args: undefined, options: {} },
    },
  ],
  [
    'check s.js -w 4 --config --json -- a',
    {
      command: 'check-config',
      json: true,
      pool: undefined,
      flags: { script: 's.js', args: ['a'], options: { workers: '4', json: true } },
    },
  ],
  [
    'check --config c.mjs s.js',
    {
      command: 'check-config',
      json: false,
      pool: undefined,
      flags: { script: 's.js', args: undefined, options: { config: 'c.mjs' } },
    },
  ],
  ['bench', { command: 'bench', words: [], options: {} }],
  ['bench stall churn --quick', { command: 'bench', words: ['stall', 'churn'], options: { quick: true } }],
  ['bench --out x --json', { command: 'bench', words: [], options: { out: 'x', json: true } }],
  ['help', { command: 'help', topic: undefined }],
  ['help scale', { command: 'help', topic: 'scale' }],
  ['--help', { command: 'help', topic: undefined }],
  ['-h', { command: 'help', topic: undefined }],
  ['server.js -h', { command: 'help', topic: undefined }],
  ['scale -h', { command: 'help', topic: 'scale' }],
  ['help --help', { command: 'help', topic: undefined }],
  ['--help --wrong', { command: 'help', topic: undefined }],
  ['version', { command: 'version' }],
  ['--version', { command: 'version' }],
  ['-v', { command: 'version' }],
];

function split(line: string): string[] {
  return line === '' ? [] : line.split(' ');
}

describe('the command line', () => {
  for (const [line, expected] of VALID) {
    it(`"${line}" is understood`, () => {
      const parsed: Arguments = parseArguments(split(line));
      assert.deepEqual(parsed, expected);
    });
  }
});

const INVALID: [string, readonly string[]][] = [
  ['s.js --gracful-timeout 3s', ['unknown option --gracful-timeout; did you mean --graceful-timeout?']],
  ['s.js --zzz', ['unknown option --zzz']],
  ['s.js -x', ['unknown option -x']],
  ['s.js --__proto__ x', ['unknown option --__proto__']],
  ['status --jsn', ['unknown option --jsn; did you mean --json?']],
  ['status --quick', ['--quick is an option of "stop", "bench", not of "status"']],
  ['status -w 4', ['-w is an option of "run", "bench", not of "status"']],
  ['s.js --json', ['--json is an option of "status", "reload", "check", "bench", not of "run"']],
  ['status --timeout 1s', ['--timeout is an option of "reload", "upgrade", "stop", "scale", not of "status"']],
  ['s.js -w', ['--workers needs a value; one that begins with a dash is written --workers=-value']],
  ['s.js -w --join', ['--workers needs a value; one that begins with a dash is written --workers=-value']],
  ['s.js -w -- x', ['--workers needs a value; one that begins with a dash is written --workers=-value']],
  ['s.js --node-arg -- x', ['--node-arg needs a value; one that begins with a dash is written --node-arg=-value']],
  ['s.js --join=1', ['--join takes no value, got "1"']],
  ['s.js --no-join=1', ['--no-join takes no value, got "1"']],
  ['s.js --no-workers', ['unknown option --no-workers; did you mean --workers?']],
  ['s.js x', ['unexpected argument "x"; arguments for the script go after "--": reuseport s.js -- x']],
  ['status x', ['unexpected argument "x" for "status"']],
  ['status -- x', ['"status" takes no arguments after "--"']],
  ['bench -- x', ['"bench" takes no arguments after "--"']],
  ['bench --quik', ['unknown option --quik; did you mean --quick?']],
  ['scale', ['scale: expected a number of workers from 1 to 64, got nothing']],
  ['scale 0', ['scale: expected a number of workers from 1 to 64, got "0"']],
  ['scale 65', ['scale: expected a number of workers from 1 to 64, got "65"']],
  ['scale two', ['scale: expected a number of workers from 1 to 64, got "two"']],
  ['scale 1 2', ['unexpected argument "2" for "scale"']],
  ['check --pool 0', ['pool: expected an integer from 1 to 1024, got "0" (from --pool)']],
  ['check --pool two', ['pool: expected an integer from 1 to 1024, got "two" (from --pool)']],
  ['s.js --pool 2', ['--pool is an option of "check", not of "run"']],
  ['stop --timeout 5', ['timeout: expected a duration such as 500ms, 10s, 2m or 1h, got "5" (from --timeout)']],
  ['stop --timeout 9999h', ['timeout: expected a duration such as 500ms, 10s, 2m or 1h, got "9999h" (from --timeout)']],
  ['help relod', ['no such command: "relod"; did you mean reload?']],
  ['s.js --foo --bar=1', ['unknown option --foo', 'unknown option --bar']],
];

describe('a wrong command line', () => {
  for (const [line, problems] of INVALID) {
    it(`"${line}" is refused with exit code 2 and: ${problems.join(' / ')}`, () => {
      assert.throws(
        () => parseArguments(split(line)),
        (error: unknown) => {
          assert.ok(error instanceof ReuseportError, String(error));
          assert.equal(error.code, 'ERR_USAGE');
          assert.equal(error.exitCode, 2);
          assert.deepEqual(error.message.split('\n'), problems);
          assert.deepEqual(error.fields['problems'], problems);
          return true;
        },
      );
    });
  }
});
