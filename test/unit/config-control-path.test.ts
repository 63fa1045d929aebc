import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import {
  checkControlPath,
  defaultControlFolder,
  defaultControlPath,
  prepareControlFolder,
} from '../../src/config/control-path.js';
import { ReuseportError } from '../../src/errors.js';

const UID = process.getuid?.() ?? 0;

function refusal(pattern: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof ReuseportError);
    assert.equal(error.code, 'ERR_CONTROL_PATH');
    assert.match(error.message, pattern);
    return true;
  };
}

describe('the place of the control socket', () => {
  const place = { uid: 1000, temporaryFolder: '/tmp' };

  it('is in XDG_RUNTIME_DIR where that is an absolute path', () => {
    const env = { XDG_RUNTIME_DIR: '/run/user/1000' };
    assert.equal(defaultControlPath('shop', { ...place, env }), '/run/user/1000/reuseport/shop.sock');
  });

  for (const env of [{}, { XDG_RUNTIME_DIR: '' }, { XDG_RUNTIME_DIR: 'run' }]) {
    it(`is in the temporary folder with ${JSON.stringify(env)}`, () => {
      assert.equal(defaultControlFolder({ ...place, env }), '/tmp/reuseport-1000');
    });
  }

  it('may have a path of 107 bytes and not of 108, counted in UTF-8', () => {
    checkControlPath(`/${'x'.repeat(106)}`);
    assert.throws(
      () => checkControlPath(`/${'x'.repeat(107)}`),
      refusal(/108 bytes, 107 is the limit.*--control.*--name/),
    );
    assert.throws(() => checkControlPath(`/${'é'.repeat(54)}`), refusal(/109 bytes/));
  });
});

describe('the folder of the control socket', () => {
  let base = '';
  before(async () => {
    base = await mkdtemp(join(tmpdir(), 'reuseport-folder-'));
  });
  after(() => rm(base, { recursive: true }));

  it('is made with mode 0700, and accepted the next time', async () => {
    const path = join(base, 'made', 'a.sock');
    await prepareControlFolder(path, false);
    assert.equal((await stat(join(base, 'made'))).mode & 0o777, 0o700);
    await prepareControlFolder(path, false);
  });

  it('is refused when others can enter it', async () => {
    await mkdir(join(base, 'open'));
    await chmod(join(base, 'open'), 0o750);
    await assert.rejects(prepareControlFolder(join(base, 'open', 'a.sock'), false), refusal(/mode 0750.*0700/));
  });

  it('is refused when it belongs to another user', async () => {
    await mkdir(join(base, 'foreign'), { mode: 0o700 });
    const preparing = prepareControlFolder(join(base, 'foreign', 'a.sock'), false, UID + 1);
    await assert.rejects(preparing, refusal(new RegExp(`belongs to user ${UID}, not to us`)));
  });

  it('is refused when it is a symbolic link, even to a folder of ours', async () => {
    await mkdir(join(base, 'target'), { mode: 0o700 });
    await symlink(join(base, 'target'), join(base, 'link'));
    await assert.rejects(prepareControlFolder(join(base, 'link', 'a.sock'), false), refusal(/not a folder/));
  });

  it('is refused when the folder above it is missing', async () => {
    await assert.rejects(
      prepareControlFolder(join(base, 'no', 'no', 'a.sock'), false),
      refusal(/cannot be made: ENOENT/),
    );
  });

  it('only has to exist when the user chose it', async () => {
    await mkdir(join(base, 'chosen'));
    await chmod(join(base, 'chosen'), 0o777);
    await prepareControlFolder(join(base, 'chosen', 'a.sock'), true, UID + 1);
    await assert.rejects(prepareControlFolder(join(base, 'gone', 'a.sock'), true), refusal(/does not exist/));
    await writeFile(join(base, 'file'), '');
    await assert.rejects(prepareControlFolder(join(base, 'file', 'a.sock'), true), refusal(/needs a folder/));
  });
});
