import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { findConfigFile, readConfigFile } from '../../src/config/config-file.js';
import { currentHost } from '../../src/config/host.js';
import type { ConfigHost } from '../../src/config/host.js';
import { ReuseportError } from '../../src/errors.js';

let base = '';
before(async () => {
  base = await mkdtemp(join(tmpdir(), 'reuseport-config-'));
});
after(() => rm(base, { recursive: true }));

let folders = 0;
/** A new folder with these files, as the current folder of a host. */
async function hostWith(files: Readonly<Record<string, string>>): Promise<ConfigHost> {
  folders += 1;
  const cwd = join(base, `folder-${folders}`);
  await mkdir(cwd);
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(cwd, name), text)));
  return { ...currentHost(), cwd };
}

function unreadable(pattern: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof ReuseportError, String(error));
    assert.equal(error.code, 'ERR_CONFIG_UNREADABLE');
    assert.equal(error.exitCode, 2);
    assert.match(error.message, pattern);
    return true;
  };
}

describe('a config file', () => {
  const readable: [string, string][] = [
    ['c.json', '{"workers": 2}'],
    ['bom.json', '\uFEFF{"workers": 2}'],
    ['c.mjs', 'export default { workers: 2 }'],
    ['c.cjs', 'module.exports = { workers: 2 }'],
    ['c.js', 'module.exports = { workers: 2 }'],
  ];
  for (const [name, text] of readable) {
    it(`is read as ${name}`, async () => {
      const host = await hostWith({ [name]: text, 'package.json': '{"type":"commonjs"}' });
      const file = await readConfigFile(name, 'from --config', host);
      assert.deepEqual(file, { path: join(host.cwd, name), title: name, raw: { workers: 2 } });
    });
  }

  it('is read as c.js with ESM syntax in a package of type module', async () => {
    const host = await hostWith({ 'c.js': 'export default { workers: 2 }', 'package.json': '{"type":"module"}' });
    assert.deepEqual((await readConfigFile('c.js', '', host)).raw, { workers: 2 });
  });

  it('in TypeScript is read where Node strips types', async (test) => {
    const host = await hostWith({ 'c.mts': 'export default { workers: 2 as number }' });
    if (!host.stripsTypes) return test.skip(`Node ${host.nodeVersion} does not strip types`);
    assert.deepEqual((await readConfigFile('c.mts', '', host)).raw, { workers: 2 });
  });

  it('in TypeScript is refused where Node does not strip types, naming the version', async () => {
    const host = { ...(await hostWith({ 'c.ts': '' })), stripsTypes: false, nodeVersion: 'v20.19.0' };
    await assert.rejects(
      readConfigFile('c.ts', '', host),
      unreadable(/^c\.ts: Node v20\.19\.0 cannot import TypeScript/),
    );
  });

  const broken: [string, string, RegExp][] = [
    ['line.json', '{\n  "workers": x\n}', /^line\.json:2:14: not JSON: /],
    ['cut.json', '{"workers": 1', /^cut\.json:1:14: not JSON: /],
    ['empty.json', '', /^empty\.json:1:1: not JSON: /],
    ['throws.mjs', 'throw new TypeError("no database")', /^throws\.mjs: importing it failed: TypeError: no database$/],
    ['throws.cjs', 'throw "a text"', /^throws\.cjs: importing it failed: a text$/],
    ['syntax.mjs', 'export default {', /^syntax\.mjs: importing it failed: SyntaxError: /],
    ['import.mjs', 'import "no-such-package"', /^import\.mjs: importing it failed: Error: .*no-such-package/],
    ['named.mjs', 'export const workers = 2', /^named\.mjs: it has no default export; write /],
    ['c.yaml', 'workers: 2', /^c\.yaml: a config file ends in /],
  ];
  for (const [name, text, pattern] of broken) {
    it(`is unreadable as ${name}, and the message says where and why`, async () => {
      await assert.rejects(readConfigFile(name, '', await hostWith({ [name]: text })), unreadable(pattern));
    });
  }

  it('that does not exist is named with who asked for it', async () => {
    const reading = readConfigFile('no.json', 'from --config', await hostWith({}));
    await assert.rejects(reading, unreadable(/^no\.json: no such file \(from --config\)$/));
  });

  it('that is a folder is unreadable', async () => {
    const host = await hostWith({});
    await mkdir(join(host.cwd, 'c.json'));
    await assert.rejects(readConfigFile('c.json', '', host), unreadable(/^c\.json: reading it failed: EISDIR$/));
  });

  it('that may not be read is unreadable, also when it was only found', async () => {
    const denied = Object.assign(new Error('permission denied'), { code: 'EACCES' });
    const host = { ...(await hostWith({})), readText: () => Promise.reject(denied) };
    await assert.rejects(readConfigFile('c.json', '', host), unreadable(/^c\.json: reading it failed: EACCES$/));
    await assert.rejects(findConfigFile(host), unreadable(/: reading it failed: EACCES$/));
  });

  it('outside the current folder is named by its whole path', async () => {
    const host = await hostWith({});
    await writeFile(join(base, 'above.json'), '[');
    await assert.rejects(readConfigFile('../above.json', '', host), unreadable(/^\/.*\/above\.json:1:2: /));
  });
});

describe('the lookup in the current folder', () => {
  it('finds nothing where there is nothing', async () => {
    assert.deepEqual(await findConfigFile(await hostWith({})), { file: undefined, warnings: [] });
  });

  it('takes json before mjs, and warns of the other', async () => {
    const host = await hostWith({ 'reuseport.config.mjs': 'throw 1', 'reuseport.config.json': '{}' });
    const { file, warnings } = await findConfigFile(host);
    assert.equal(file?.title, 'reuseport.config.json');
    assert.deepEqual(warnings, ['reuseport.config.mjs: ignored, reuseport.config.json is used']);
  });

  for (const [name, text] of [
    ['reuseport.config.mjs', 'export default { surge: 2 }'],
    ['reuseport.config.cjs', 'module.exports = { surge: 2 }'],
  ] as const) {
    it(`finds a module: ${name}`, async () => {
      const host = await hostWith({ [name]: text });
      assert.deepEqual((await findConfigFile(host)).file?.raw, { surge: 2 });
    });
  }
});
