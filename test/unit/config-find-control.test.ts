import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { chooseControl, findControlPath } from '../../src/config/find-control.js';
import type { ControlChoice, FindControlHost } from '../../src/config/find-control.js';
import { ReuseportError } from '../../src/errors.js';

const NONE: ControlChoice = { name: undefined, control: undefined };

function find(choice: Partial<ControlChoice>, env: Readonly<Record<string, string>>, listing: readonly string[] = []) {
  const host: FindControlHost = {
    cwd: '/app',
    env: { XDG_RUNTIME_DIR: '/run/me', ...env },
    uid: 1000,
    temporaryFolder: '/tmp',
    listFolder: (folder) => Promise.resolve(folder === '/run/me/reuseport' ? listing : []),
  };
  return findControlPath({ ...NONE, ...choice }, host);
}

function code(expected: string, pattern: RegExp) {
  return (error: unknown): boolean =>
    error instanceof ReuseportError && error.code === expected && pattern.test(error.message);
}

describe('the socket that a control command talks to', () => {
  const cases: [string, Partial<ControlChoice>, Readonly<Record<string, string>>, string][] = [
    ['--control, from the current folder', { control: 'x.sock' }, {}, '/app/x.sock'],
    ['--name', { name: 'shop' }, {}, '/run/me/reuseport/shop.sock'],
    ['--control before --name', { control: '/x.sock', name: 'shop' }, {}, '/x.sock'],
    ['--name before REUSEPORT_CONTROL', { name: 'shop' }, { REUSEPORT_CONTROL: '/y' }, '/run/me/reuseport/shop.sock'],
    ['REUSEPORT_CONTROL before REUSEPORT_NAME', {}, { REUSEPORT_CONTROL: '/y', REUSEPORT_NAME: 'n' }, '/y'],
    ['REUSEPORT_NAME', {}, { REUSEPORT_NAME: 'n' }, '/run/me/reuseport/n.sock'],
    [
      'the only one, past empty variables',
      {},
      { REUSEPORT_CONTROL: '', REUSEPORT_NAME: '' },
      '/run/me/reuseport/o.sock',
    ],
  ];
  for (const [what, choice, env, expected] of cases) {
    it(`is found by ${what}`, async () => {
      assert.equal(await find(choice, env, ['o.sock']), expected);
    });
  }

  it('is never outside the folder by a name', async () => {
    await assert.rejects(find({ name: '../x' }, {}), code('ERR_USAGE', /cannot be the name/));
  });

  it('is refused when its path is too long', async () => {
    await assert.rejects(find({ control: `/${'x'.repeat(200)}` }, {}), code('ERR_CONTROL_PATH', /107/));
  });
});

describe('a folder of control sockets', () => {
  it('gives its only socket, past what is no socket', () => {
    assert.equal(chooseControl('/run', ['shop.sock', 'shop.pid', '.sock', '.x.sock']), '/run/shop.sock');
  });

  it('without a socket means that no master runs', () => {
    assert.throws(() => chooseControl('/run', []), code('ERR_CONTROL_UNREACHABLE', /no master runs.*\/run/));
  });

  it('with several asks which, naming them in order', () => {
    assert.throws(() => chooseControl('/run', ['b.sock', 'a.sock']), code('ERR_USAGE', /There are 2: a, b\. .*--name/));
  });
});
