import assert from 'node:assert/strict';
import { it } from 'node:test';

import * as fc from 'fast-check';

import { parseArguments } from '../../src/cli/arguments.js';
import { formatBind, parseBind } from '../../src/config/bind.js';
import { COMMAND_NAMES } from '../../src/config/command-table.js';
import { formatDuration, LONGEST_DURATION_MS, parseDuration } from '../../src/config/duration.js';
import type { ConfigHost } from '../../src/config/host.js';
import { findJsonError } from '../../src/config/json-position.js';
import { sanitizeName } from '../../src/config/name.js';
import { NAME_PATTERN, OPTION_KEYS, variableOf, wordOf } from '../../src/config/option-table.js';
import { resolveConfig } from '../../src/config/resolve.js';
import { formatSize, parseSize } from '../../src/config/size.js';
import { ReuseportError } from '../../src/errors.js';

it('a duration is read back as it was written', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.nat(LONGEST_DURATION_MS),
        fc.nat(600).map((n) => n * 3_600_000),
      ),
      (durationMs) => {
        assert.equal(parseDuration(formatDuration(durationMs)), durationMs);
      },
    ),
  );
});

it('a size is read back as it was written', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.nat(),
        fc.nat(2 ** 20).map((n) => n * 2 ** 20),
      ),
      (bytes) => {
        assert.equal(parseSize(formatSize(bytes)), bytes);
      },
    ),
  );
});

it('an address is read back as it was written', () => {
  const host = fc.option(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()), { nil: undefined });
  fc.assert(
    fc.property(host, fc.nat(65_535), (name, port) => {
      assert.deepEqual(parseBind(formatBind({ host: name, port })), { host: name, port });
    }),
  );
});

it('every text becomes a valid name', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => NAME_PATTERN.test(sanitizeName(text))));
});

it('an error position is found exactly where JSON.parse refuses', () => {
  const mutated = fc
    .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom('', ',', '"', '}', '0', '\\', '-', 'e', '\n', '\u0001'))
    .map(([text, at, insert]) => {
      const offset = at % (text.length + 1);
      return text.slice(0, offset) + insert + text.slice(offset + (at % 2));
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.string()), (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      assert.equal(findJsonError(text) === undefined, isJson, text);
    }),
    { numRuns: 2_000 },
  );
});

const word = fc.oneof(
  fc.constantFrom(...OPTION_KEYS.map((key) => `--${wordOf(key)}`), ...COMMAND_NAMES),
  fc.constantFrom('--', '-', '-w', '-w4', '-hv', '--no-join', '--no-', '--=', '--json', '--quick', '--timeout', '-=x'),
  fc.constantFrom('0', '4', 'auto', '10s', '10', ':3000', 'A=1', 's.js', '__proto__', '--__proto__=1', '--constructor'),
  fc.string({ unit: 'binary' }),
);

function expectOurs(error: unknown): void {
  assert.ok(error instanceof ReuseportError, String(error));
  assert.ok(error.message.length > 0);
}

it('any command line gives a result or an error of ours', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
      try {
        parseArguments(argv);
      } catch (error) {
        expectOurs(error);
        assert.equal((error as ReuseportError).code, 'ERR_USAGE');
      }
    }),
    { numRuns: 2_000 },
  );
});

const fileKey = fc.constantFrom<string>(...OPTION_KEYS, 'script', 'args', '__proto__', 'toString', 'wokers');
const fileValue = fc.oneof(fc.jsonValue(), word, fc.integer(), fc.array(word), fc.dictionary(word, word));

it('any file, environment and command line give a whole configuration or an error of ours', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fileKey, fileValue, { maxKeys: 4 }),
      fc.dictionary(fc.constantFrom(...OPTION_KEYS.map((key) => variableOf(key)), 'REUSEPORT_X'), word, { maxKeys: 3 }),
      fc.array(word, { maxLength: 5 }),
      async (file, env, argv) => {
        const host: ConfigHost = {
          cwd: '/app',
          env,
          uid: 0,
          temporaryFolder: '/tmp',
          nodeVersion: 'v20.19.0',
          stripsTypes: false,
          isFile: () => Promise.resolve(true),
          readText: (path) =>
            path.endsWith('.json')
              ? Promise.resolve(JSON.stringify(file))
              : Promise.reject(Object.assign(new Error('ENOENT'), { code: 'ENOENT' })),
          importModule: () => Promise.resolve({ default: file }),
        };
        try {
          const parsed = parseArguments(argv);
          if (parsed.command !== 'run') return;
          const { config, sources } = await resolveConfig(parsed.flags, host);
          assert.deepEqual(Object.keys(config).toSorted(), Object.keys(sources).toSorted());
          assert.ok(config.script.startsWith('/'));
          assert.ok(config.controlPath.startsWith('/'));
          assert.match(config.name, NAME_PATTERN);
        } catch (error) {
          expectOurs(error);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
