import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { ConfigHost } from '../../src/config/host.js';
import { OPTION_KEYS, variableOf, wordOf } from '../../src/config/option-table.js';
import type { OptionKey } from '../../src/config/option-table.js';
import { resolveConfig } from '../../src/config/resolve.js';
import type { Resolution, ResolvedConfig } from '../../src/config/resolved-config.js';
import type { FlagValue } from '../../src/config/text-values.js';
import { ReuseportError } from '../../src/errors.js';

interface Situation {
  readonly flags?: Readonly<Record<string, FlagValue>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What reuseport.config.json in /app holds. */
  readonly file?: unknown;
  readonly script?: string | undefined;
  readonly args?: readonly string[];
  /** More files, by their absolute path. */
  readonly files?: Readonly<Record<string, string>>;
}

function hostOf({ env = {}, file, files = {} }: Situation): ConfigHost {
  const all: Record<string, string> = { '/app/s.js': '', '/app/package.json': '{"name":"shop"}', ...files };
  if (file !== undefined) all['/app/reuseport.config.json'] = JSON.stringify(file);
  return {
    cwd: '/app',
    env,
    uid: 1000,
    temporaryFolder: '/tmp',
    nodeVersion: 'v20.19.0',
    stripsTypes: false,
    isFile: (path) => Promise.resolve(all[path] !== undefined),
    readText: (path) => {
      const text = all[path];
      const missing = Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
      return text === undefined ? Promise.reject(missing) : Promise.resolve(text);
    },
    importModule: (path) => Promise.reject(new Error(`not importing ${path}`)),
  };
}

function resolveIn(situation: Situation): Promise<Resolution> {
  const script = 'script' in situation ? situation.script : 's.js';
  return resolveConfig({ script, args: situation.args, options: situation.flags ?? {} }, hostOf(situation));
}

async function problemsIn(situation: Situation, code = 'ERR_CONFIG_INVALID'): Promise<readonly string[]> {
  let lines: readonly string[] = [];
  await assert.rejects(resolveIn(situation), (error: unknown) => {
    assert.ok(error instanceof ReuseportError, String(error));
    assert.equal(error.code, code);
    assert.equal(error.exitCode, 2);
    lines = error.message.split('\n');
    return true;
  });
  return lines;
}

interface OptionCase {
  readonly member: keyof ResolvedConfig;
  readonly byDefault: unknown;
  /** What is given as a flag, and what becomes of it. */
  readonly flag: readonly [FlagValue, unknown];
  readonly variable: readonly [string, unknown];
  readonly file: readonly [unknown, unknown];
  /** Bad values of a config file, and of the environment. */
  readonly bad: { readonly file: readonly unknown[]; readonly variable: readonly string[] };
}

const WORKERS = 'expected an integer from 1 to 64, "auto", or a range of them such as 2..8 or 1..auto';

const CASES: Readonly<Record<Exclude<OptionKey, 'config'>, OptionCase>> = {
  workers: {
    member: 'workers',
    byDefault: 'auto',
    flag: ['4', 4],
    variable: ['64', 64],
    file: [1, 1],
    bad: {
      file: [0, 65, 1.5, '4', 'many', null, -1, '4..2', '1..', [1, 2]],
      variable: ['0', '65', '1.5', 'many', '0..2', '1..65', 'a..b', '1...2', '1..2..3', '..'],
    },
  },
  threads: {
    member: 'threads',
    byDefault: 1,
    flag: ['4', 4],
    variable: ['64', 64],
    file: [2, 2],
    bad: { file: [0, 65, 1.5, '4', 'auto', null], variable: ['0', '65', '1.5', 'many'] },
  },
  shrinkAfter: {
    member: 'shrinkAfterMs',
    byDefault: 60_000,
    flag: ['10s', 10_000],
    variable: ['2m', 120_000],
    file: ['1h', 3_600_000],
    bad: { file: [0, '0ms', '10', true], variable: ['10'] },
  },
  metrics: {
    member: 'metrics',
    byDefault: undefined,
    flag: ['9464', { host: '127.0.0.1', port: 9464 }],
    variable: ['0.0.0.0:9464', { host: '0.0.0.0', port: 9464 }],
    file: [':9464', { host: '127.0.0.1', port: 9464 }],
    bad: { file: ['here', 70_000, null, true], variable: ['host', '::1:80'] },
  },
  dashboard: {
    member: 'dashboard',
    byDefault: undefined,
    flag: ['9465', { host: '127.0.0.1', port: 9465 }],
    variable: ['0.0.0.0:9465', { host: '0.0.0.0', port: 9465 }],
    file: ['localhost:9465', { host: 'localhost', port: 9465 }],
    bad: { file: ['here', 70_000, null, true], variable: ['host', '::1:80'] },
  },
  dashboardTokenFile: {
    member: 'dashboardTokenFile',
    byDefault: undefined,
    flag: ['token', '/app/token'],
    variable: ['/run/secrets/token', '/run/secrets/token'],
    file: ['token', '/app/token'],
    bad: { file: [1, true, ''], variable: [] },
  },
  statsd: {
    member: 'statsd',
    byDefault: undefined,
    flag: ['8125', { host: '127.0.0.1', port: 8125 }],
    variable: ['statsd.example:8125', { host: 'statsd.example', port: 8125 }],
    file: ['[::1]:8125', { host: '::1', port: 8125 }],
    bad: { file: ['here', 70_000, 0, null, true], variable: ['host', 'host:0', '::1:80'] },
  },
  statsdInterval: {
    member: 'statsdIntervalMs',
    byDefault: 10_000,
    flag: ['1s', 1_000],
    variable: ['1m', 60_000],
    file: [100, 100],
    bad: { file: [0, 99, '10', true], variable: ['99ms', '10'] },
  },
  bind: {
    member: 'bind',
    byDefault: undefined,
    flag: ['[::1]:3000', { host: '::1', port: 3000 }],
    variable: ['localhost:80', { host: 'localhost', port: 80 }],
    file: [8080, { host: undefined, port: 8080 }],
    bad: { file: ['::1:80', 65_536, -1, 1.5, true, ['a:1']], variable: ['localhost', 'a:b'] },
  },
  steer: {
    member: 'steer',
    byDefault: 'auto',
    flag: ['weighted:1,2,5', 'weighted:1,2,5'],
    variable: ['pinned:/sys/fs/bpf/mine', 'pinned:/sys/fs/bpf/mine'],
    file: ['sticky:24,56', 'sticky:24,56'],
    bad: { file: ['idlest', 1, '', 'pinned:relative', 'weighted:a', 'hash:1'], variable: ['HASH', 'sticky:33'] },
  },
  rescueAfter: {
    member: 'rescueAfterMs',
    byDefault: 5,
    flag: ['20ms', 20],
    variable: ['0ms', 0],
    file: [7, 7],
    bad: { file: ['5', -1], variable: ['5', 'soon'] },
  },
  rescueBy: {
    member: 'rescueBy',
    byDefault: 'auto',
    flag: ['steal', 'steal'],
    variable: ['migrate', 'migrate'],
    file: ['auto', 'auto'],
    bad: { file: ['both', 1, ''], variable: ['Steal'] },
  },
  backlog: {
    member: 'backlogConnections',
    byDefault: 4096,
    flag: ['1', 1],
    variable: ['2147483647', 2_147_483_647],
    file: [511, 511],
    bad: { file: [0, 2 ** 31, '511', 'auto'], variable: ['0', '2147483648', '64k'] },
  },
  surge: {
    member: 'surgeWorkers',
    byDefault: 1,
    flag: ['2', 2],
    variable: ['64', 64],
    file: [3, 3],
    bad: { file: [0, 65, 'all'], variable: ['0', '65', 'auto'] },
  },
  spares: {
    member: 'spareWorkers',
    byDefault: 0,
    flag: ['2', 2],
    variable: ['0', 0],
    file: [64, 64],
    bad: { file: [-1, 65, '2', 'auto'], variable: ['-1', 'all'] },
  },
  maxRequests: {
    member: 'maxRequests',
    byDefault: 0,
    flag: ['1000', 1000],
    variable: ['0', 0],
    file: [1_000_000_000_000, 1_000_000_000_000],
    bad: { file: [-1, 1.5, '1000', 2e12], variable: ['-1', '1k', 'many'] },
  },
  maxRequestsJitter: {
    member: 'maxRequestsJitter',
    byDefault: 0,
    flag: ['50', 50],
    variable: ['0', 0],
    file: [100, 100],
    bad: { file: [-1, '50'], variable: ['10%'] },
  },
  maxConnections: {
    member: 'maxConnections',
    byDefault: 0,
    flag: ['100', 100],
    variable: ['0', 0],
    file: [5000, 5000],
    bad: { file: [-1, 1.5, '5', true], variable: ['-1', 'many'] },
  },
  maxRss: {
    member: 'maxRssBytes',
    byDefault: 0,
    flag: ['512m', 536_870_912],
    variable: ['2G', 2_147_483_648],
    file: [1_000_000, 1_000_000],
    bad: { file: [-1, 1.5, '512mb', true], variable: ['1.5g', 'much', '-1'] },
  },
  maxLifetime: {
    member: 'maxLifetimeMs',
    byDefault: 0,
    flag: ['12h', 43_200_000],
    variable: ['0s', 0],
    file: ['1h', 3_600_000],
    bad: { file: [-1, '3600', {}], variable: ['1d'] },
  },
  readyTimeout: {
    member: 'readyTimeoutMs',
    byDefault: 30_000,
    flag: ['10s', 10_000],
    variable: ['500ms', 500],
    file: [1500, 1500],
    bad: { file: [0, -1, 1.5, '30', '0s', '597h', 2 ** 31, null], variable: ['30', '0ms', '1.5s', 'soon'] },
  },
  gracefulTimeout: {
    member: 'gracefulTimeoutMs',
    byDefault: 30_000,
    flag: ['2m', 120_000],
    variable: ['0s', 0],
    file: ['1h', 3_600_000],
    bad: { file: [-1, '0', 2 ** 31, {}], variable: ['30', '-1s'] },
  },
  hangTimeout: {
    member: 'hangTimeoutMs',
    byDefault: 30_000,
    flag: ['5s', 5000],
    variable: ['0s', 0],
    file: [250, 250],
    bad: { file: [-1, '30', true], variable: ['30', 'never'] },
  },
  hookTimeout: {
    member: 'hookTimeoutMs',
    byDefault: 30_000,
    flag: ['5s', 5000],
    variable: ['1ms', 1],
    file: [250, 250],
    bad: { file: [0, '30', true], variable: ['30', 'never'] },
  },
  orphanGrace: {
    member: 'orphanGraceMs',
    byDefault: 30_000,
    flag: ['2m', 120_000],
    variable: ['0s', 0],
    file: ['1h', 3_600_000],
    bad: { file: [-1, '0', 2 ** 31, {}], variable: ['30', '-1s'] },
  },
  keepAlive: {
    member: 'keepAliveMs',
    byDefault: undefined,
    flag: ['5s', 5000],
    variable: ['0ms', 0],
    file: ['65s', 65_000],
    bad: { file: [-1, '5', true], variable: ['5', 'off'] },
  },
  rebalance: {
    member: 'rebalance',
    byDefault: true,
    flag: [false, false],
    variable: ['no', false],
    file: [false, false],
    bad: { file: ['true', 1, null], variable: ['maybe', '2'] },
  },
  watch: {
    member: 'watch',
    byDefault: false,
    flag: [true, true],
    variable: ['yes', true],
    file: [true, true],
    bad: { file: ['true', 1, null], variable: ['maybe', '2'] },
  },
  pin: {
    member: 'pin',
    byDefault: false,
    flag: [true, true],
    variable: ['yes', true],
    file: [true, true],
    bad: { file: ['true', 1, null], variable: ['maybe', '2'] },
  },
  join: {
    member: 'join',
    byDefault: false,
    flag: [true, true],
    variable: ['yes', true],
    file: [true, true],
    bad: { file: ['true', 1, null], variable: ['maybe', '2'] },
  },
  chdir: {
    member: 'workingDirectory',
    byDefault: '/app',
    flag: ['.', '/app'],
    variable: ['/app/', '/app'],
    file: ['../app', '/app'],
    bad: { file: ['', 1, 'a\0b'], variable: [] },
  },
  name: {
    member: 'name',
    byDefault: 'shop-s',
    flag: ['a@b_c.d-e', 'a@b_c.d-e'],
    variable: ['A', 'A'],
    file: ['x'.repeat(64), 'x'.repeat(64)],
    bad: { file: ['', '.x', 'a/b', 'a b', 'x'.repeat(65), 1], variable: ['../x', 'a:b'] },
  },
  control: {
    member: 'controlPath',
    byDefault: '/tmp/reuseport-1000/shop-s.sock',
    flag: ['run/c.sock', '/app/run/c.sock'],
    variable: ['/run/c.sock', '/run/c.sock'],
    file: ['c.sock', '/app/c.sock'],
    bad: { file: ['', false], variable: [] },
  },
  pidfile: {
    member: 'pidfile',
    byDefault: undefined,
    flag: ['run/web.pid', '/app/run/web.pid'],
    variable: ['/run/web.pid', '/run/web.pid'],
    file: ['web.pid', '/app/web.pid'],
    bad: { file: ['', false], variable: [] },
  },
  env: {
    member: 'env',
    byDefault: {},
    flag: [['A=1', 'B=x=y'], { A: '1', B: 'x=y' }],
    variable: ['A=1 B="two words"', { A: '1', B: 'two words' }],
    file: [{ A: '1' }, { A: '1' }],
    bad: { file: ['A=1', ['A=1'], { A: 1 }, { '': 'x' }, { 'A=': 'x' }, { A: 'a\0b' }], variable: ['A', '=1'] },
  },
  nodeArg: {
    member: 'nodeArgs',
    byDefault: [],
    flag: [
      ['--inspect', '--trace-gc'],
      ['--inspect', '--trace-gc'],
    ],
    variable: ['--a "--b c"', ['--a', '--b c']],
    file: [['--a'], ['--a']],
    bad: { file: ['--a', [1], { 0: '--a' }], variable: [] },
  },
  user: {
    member: 'user',
    byDefault: undefined,
    flag: ['www-data', 'www-data'],
    variable: ['1000', '1000'],
    file: [33, '33'],
    bad: { file: ['', 'a:b', '-u', -1, 1.5, 2 ** 32 - 1, true, 'two\nlines'], variable: ['a:b', '-u'] },
  },
  group: {
    member: 'group',
    byDefault: undefined,
    flag: ['ACME\\domain users', 'ACME\\domain users'],
    variable: ['33', '33'],
    file: ['certs', 'certs'],
    bad: { file: ['', ['a', 'b'], -1, null], variable: ['a:b'] },
  },
  umask: {
    member: 'umask',
    byDefault: undefined,
    flag: ['027', 0o27],
    variable: ['7', 7],
    file: ['0777', 0o777],
    bad: { file: [18, '', '8', '1000', '0o22', 'u=rwx', '-1'], variable: ['08', '1777'] },
  },
  daemon: {
    member: 'daemon',
    byDefault: false,
    flag: [true, true],
    variable: ['yes', true],
    file: [true, true],
    bad: { file: ['yes', 1], variable: ['maybe'] },
  },
  logFile: {
    member: 'logFile',
    byDefault: undefined,
    flag: ['log/web.log', '/app/log/web.log'],
    variable: ['/var/log/web.log', '/var/log/web.log'],
    file: ['web.log', '/app/web.log'],
    bad: { file: ['', 1], variable: [] },
  },
  accessLog: {
    member: 'accessLog',
    byDefault: undefined,
    flag: ['log/access.log', '/app/log/access.log'],
    variable: ['-', '-'],
    file: ['access.log', '/app/access.log'],
    bad: { file: ['', true], variable: [] },
  },
  accessLogFormat: {
    member: 'accessLogFormat',
    byDefault: 'combined',
    flag: ['json', 'json'],
    variable: ['combined', 'combined'],
    file: ['json', 'json'],
    bad: { file: ['JSON', 1], variable: ['nginx'] },
  },
  logLevel: {
    member: 'logLevel',
    byDefault: 'info',
    flag: ['trace', 'trace'],
    variable: ['silent', 'silent'],
    file: ['error', 'error'],
    bad: { file: ['loud', 30], variable: ['INFO'] },
  },
  logFormat: {
    member: 'logFormat',
    byDefault: 'auto',
    flag: ['json', 'json'],
    variable: ['pretty', 'pretty'],
    file: ['json', 'json'],
    bad: { file: ['xml', true], variable: ['text'] },
  },
};

for (const key of OPTION_KEYS) {
  if (key === 'config') continue;
  const { member, byDefault, flag, variable, file, bad } = CASES[key];
  const word = wordOf(key);
  const variableName = variableOf(key);

  describe(`option ${word}`, () => {
    it('has its default, and says that it is one', async () => {
      const { config, sources } = await resolveIn({});
      assert.deepEqual(config[member], byDefault);
      assert.deepEqual(sources[member], { kind: 'default', text: 'default' });
    });

    it('is taken from a flag, and says so', async () => {
      const { config, sources } = await resolveIn({ flags: { [word]: flag[0] } });
      assert.deepEqual(config[member], flag[1]);
      assert.deepEqual(sources[member], { kind: 'flag', text: `from --${word}` });
    });

    it('is taken from the environment, and says so', async () => {
      const { config, sources } = await resolveIn({ env: { [variableName]: variable[0] } });
      assert.deepEqual(config[member], variable[1]);
      assert.deepEqual(sources[member], { kind: 'environment', text: `from ${variableName}` });
    });

    it('is taken from the config file, and says so', async () => {
      const { config, sources } = await resolveIn({ file: { [key]: file[0] } });
      assert.deepEqual(config[member], file[1]);
      assert.deepEqual(sources[member], { kind: 'file', text: `from reuseport.config.json: ${key}` });
    });

    for (const value of bad.file) {
      it(`refuses ${JSON.stringify(value).slice(0, 30)} in the config file, saying what it expects`, async () => {
        const problems = await problemsIn({ file: { [key]: value } });
        assert.equal(problems.length, 1);
        const [problem = ''] = problems;
        assert.ok(problem.startsWith(key), problem);
        assert.match(problem, /: expected .*, got /);
        assert.ok(problem.endsWith(`(from reuseport.config.json: ${key})`), problem);
      });
    }

    for (const text of bad.variable) {
      it(`refuses ${JSON.stringify(text)} in the environment, naming the variable`, async () => {
        const [problem = ''] = await problemsIn({ env: { [variableName]: text } });
        assert.match(problem, new RegExp(`^${key}: expected .*, got .* \\(from ${variableName}\\)$`));
      });
    }
  });
}

describe('precedence', () => {
  const file = { workers: 1, nodeArg: ['--f'], env: { A: 'file', B: 'file', C: 'file' }, args: ['f'], join: true };
  const env = { REUSEPORT_WORKERS: '2', REUSEPORT_NODE_ARG: '--e', REUSEPORT_ENV: 'B=env C=env' };

  it('puts the environment above the file', async () => {
    const { config, sources } = await resolveIn({ file, env });
    assert.equal(config.workers, 2);
    assert.equal(sources.workers.text, 'from REUSEPORT_WORKERS');
    assert.deepEqual(config.nodeArgs, ['--e']);
  });

  it('puts flags above the environment', async () => {
    const { config } = await resolveIn({ file, env, flags: { workers: '3', join: false } });
    assert.equal(config.workers, 3);
    assert.equal(config.join, false);
  });

  it('merges variables name by name, and names every layer that has some', async () => {
    const { config, sources } = await resolveIn({ file, env, flags: { env: ['C=flag'] } });
    assert.deepEqual(config.env, { A: 'file', B: 'env', C: 'flag' });
    assert.equal(sources.env.text, 'from reuseport.config.json: env and REUSEPORT_ENV and --env');
  });

  it('lets what follows -- replace the args of the file, even when nothing follows', async () => {
    assert.deepEqual((await resolveIn({ file })).config.args, ['f']);
    assert.deepEqual((await resolveIn({ file, args: ['x'] })).config.args, ['x']);
    assert.deepEqual((await resolveIn({ file, args: [] })).config.args, []);
  });
});

describe('the problems of a configuration', () => {
  it('say what is wrong with the arguments of a policy', async () => {
    assert.deepEqual(await problemsIn({ flags: { steer: 'weighted:1,-1' } }), [
      'steer: expected "weighted:1,2,5": the weights of slots 0, 1, 2, …, whole numbers from 0 to 1000, ' +
        'got "weighted:1,-1": the weight of slot 1 is "-1" (from --steer)',
    ]);
  });

  it('read as in the reference', async () => {
    assert.deepEqual(await problemsIn({ flags: { workers: '0' } }), [`workers: ${WORKERS}, got 0 (from --workers)`]);
  });

  it('tell to add a unit to a duration that has none', async () => {
    const [problem = ''] = await problemsIn({ flags: { 'ready-timeout': '30' } });
    assert.ok(problem.endsWith('got "30": write 30s or 30ms (from --ready-timeout)'), problem);
  });

  it('are reported all at once, from every layer, even those that a flag overrides', async () => {
    const problems = await problemsIn({
      file: { workers: 0, backlog: 'x', wokers: 1, env: { A: 1 } },
      env: { REUSEPORT_WORKERS: 'x', REUSEPORT_JOIN: '?' },
      flags: { workers: '4', surge: '0' },
    });
    assert.deepEqual(problems.map((problem) => problem.replace(/:.*/, '')).toSorted(), [
      'backlog',
      'env.A',
      'join',
      'surge',
      'wokers',
      'workers',
      'workers',
    ]);
  });

  it('suggest the key that a misspelt one is near to', async () => {
    const problems = await problemsIn({ file: { wokers: 1, 'ready-timeout': 1, gracefullTimeout: 1, zzz: 1 } });
    assert.deepEqual(problems, [
      'wokers: no such option; did you mean workers? (from reuseport.config.json)',
      'ready-timeout: no such option; did you mean readyTimeout? (from reuseport.config.json)',
      'gracefullTimeout: no such option; did you mean gracefulTimeout? (from reuseport.config.json)',
      'zzz: no such option (from reuseport.config.json)',
    ]);
  });

  it('point to the element of a list and to the name of a variable', async () => {
    assert.deepEqual(await problemsIn({ file: { nodeArg: ['a', 2], env: { A: true } } }), [
      'env.A: expected a string, got true (from reuseport.config.json: env)',
      'nodeArg[1]: expected a string, got 2 (from reuseport.config.json: nodeArg)',
    ]);
  });

  for (const file of [[], 'x', 1, null]) {
    it(`say that a config file holding ${JSON.stringify(file)} holds no object`, async () => {
      assert.deepEqual(await problemsIn({ file }), [
        `expected an object of options, got ${JSON.stringify(file)} (from reuseport.config.json)`,
      ]);
    });
  }

  it('include a config file that names another', async () => {
    assert.deepEqual(await problemsIn({ file: { config: 'x.json' } }), [
      'config: cannot be set in a config file (from reuseport.config.json: config)',
    ]);
  });

  it('do not hide which config file was asked for', async () => {
    const situation = { files: { '/app/other.json': '{"surge":0}' }, flags: { config: 'other.json', workers: '0' } };
    const problems = await problemsIn(situation);
    assert.ok(problems.includes('surge: expected an integer from 1 to 64, got 0 (from other.json: surge)'));
    assert.equal(problems.length, 2);
  });
});

const shared = (metrics: string, dashboard: string) => problemsIn({ flags: { metrics, dashboard } });

describe('values that do not go together', () => {
  it('are metrics and dashboard on one address', async () => {
    assert.deepEqual(await shared('9464', '127.0.0.1:9464'), [
      'dashboard: 127.0.0.1:9464 is that of metrics, too, and each needs an address of its own. ' +
        'Give one of them another port (from --metrics, from --dashboard)',
    ]);
    assert.match(
      (await shared('0.0.0.0:9464', '9464')).join(),
      /127\.0\.0\.1:9464 is taken by metrics on 0\.0\.0\.0:9464/,
    );
    assert.match((await shared('[::]:9464', '9464')).join(), /is taken by metrics on \[::\]:9464/);
  });

  it('are not those that the kernel tells apart', async () => {
    const both = [
      ['0', '0'],
      ['9464', '9465'],
      ['127.0.0.1:9464', '127.0.0.2:9464'],
      ['0.0.0.0:9464', '[::1]:9464'],
    ];
    for (const [metrics = '', dashboard = ''] of both) await resolveIn({ flags: { metrics, dashboard } });
  });

  it('are a pidfile and another file of one path', async () => {
    for (const other of ['log-file', 'access-log', 'control']) {
      const [problem = '', ...more] = await problemsIn({ flags: { pidfile: 'x', [other]: '/app/x' } });
      assert.match(
        problem,
        new RegExp(`^pidfile: /app/x is that of \\w+, too, .* \\(from --${other}, from --pidfile\\)$`),
      );
      assert.deepEqual(more, []);
    }
  });

  it('are told all at once', async () => {
    const flags = { workers: '17', threads: '4', metrics: '9464', dashboard: '9464' };
    assert.equal((await problemsIn({ flags })).length, 2);
  });
});

describe('the environment', () => {
  it('counts an empty variable as unset', async () => {
    const { sources } = await resolveIn({ env: { REUSEPORT_WORKERS: '', REUSEPORT_CONFIG: '' } });
    assert.equal(sources.workers.kind, 'default');
  });

  it('warns of a variable that is no option, with the nearest, and not of internal ones', async () => {
    const env = { REUSEPORT_WOKERS: '2', REUSEPORT_ZZZZ: '', REUSEPORT_ADDON: 'x', REUSEPORT_CHANNEL: '3', OTHER: '1' };
    assert.deepEqual((await resolveIn({ env })).warnings, [
      'REUSEPORT_WOKERS: no such option, ignored; did you mean REUSEPORT_WORKERS?',
      'REUSEPORT_ZZZZ: no such option, ignored',
    ]);
  });
});

describe('paths', () => {
  it('of a config file start from its folder, those of flags from the current one', async () => {
    const files = {
      '/app/deploy/c.json': '{"script":"../s.js","control":"c.sock"}',
    };
    const { config, sources } = await resolveIn({ files, script: undefined, flags: { config: 'deploy/c.json' } });
    assert.equal(config.script, '/app/s.js');
    assert.equal(sources.script.text, 'from deploy/c.json: script');
    assert.equal(config.controlPath, '/app/deploy/c.sock');
    assert.equal(config.configFile, '/app/deploy/c.json');
    assert.equal(sources.configFile.text, 'from --config');
  });

  it('of a script start from chdir where that is set', async () => {
    const { config } = await resolveIn({ files: { '/srv/s.js': '' }, flags: { chdir: '/srv' } });
    assert.equal(config.script, '/srv/s.js');
    assert.equal(config.workingDirectory, '/srv');
  });

  it('of a control socket that are too long are refused by their length', async () => {
    const [problem = ''] = await problemsIn({ flags: { control: `/${'x'.repeat(107)}` } }, 'ERR_CONTROL_PATH');
    assert.match(problem, /has 108 bytes, 107 is the limit/);
  });
});

describe('the script', () => {
  it('may be set by the config file alone', async () => {
    assert.equal((await resolveIn({ script: undefined, file: { script: 's' } })).config.script, '/app/s.js');
  });

  it('must be set by something', async () => {
    assert.match((await problemsIn({ script: undefined }, 'ERR_USAGE'))[0] ?? '', /^no script to run\. /);
  });

  it('that is near to a command suggests the command', async () => {
    const [problem = ''] = await problemsIn({ script: 'relod' }, 'ERR_SCRIPT_NOT_FOUND');
    assert.match(problem, /did you mean reuseport reload\?$/);
  });
});
