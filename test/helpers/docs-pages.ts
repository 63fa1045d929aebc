/** Runs the commands of pages, in their order, as `docs-commands.ts` says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type How, PAGES, whyNot } from './docs-commands.js';
import { commandsOf } from './docs.js';
import { DocsSandbox } from './docs-sandbox.js';
import { root } from './reuseport.js';

/** README, what it leads contributors to, docs, and the READMEs of examples. */
export function pagesInTree(): string[] {
  return ['README.md', 'CONTRIBUTING.md', ...pagesIn('docs'), ...pagesIn('examples')];
}

function pagesIn(folder: string): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.md')).map((file) => join(folder, file));
}

export function commandsIn(page: string): string[] {
  return commandsOf(readFileSync(join(root, page), 'utf8'));
}

function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** A test for each of these pages, in which each command is one. */
export function testPages(pages: readonly string[]): void {
  for (const page of pages) {
    test(`${page}: its commands, in their order`, async (t) => {
      const sandbox = new DocsSandbox();
      t.after(() => sandbox.remove());
      for (const command of commandsIn(page)) await testCommand(t, sandbox, page, command);
      await sandbox.stop();
    });
  }
}

async function testCommand(t: TestContext, sandbox: DocsSandbox, page: string, command: string): Promise<void> {
  const how = PAGES[page]?.[command];
  assert.ok(how !== undefined, `${page}: nothing says what becomes of "${command}": see test/helpers/docs-commands.ts`);
  await t.test(command, { skip: whyNot(how, isInstalled) }, () => run(sandbox, page, command, how));
}

async function run(sandbox: DocsSandbox, page: string, command: string, how: How): Promise<void> {
  switch (how.does) {
    case 'serve':
      return sandbox.serve(command, how.until, how.inTree === true ? root : undefined);
    case 'end':
    case 'watch': {
      const service = how.beside === undefined ? undefined : PAGES[page]?.[how.beside];
      if (service?.does === 'serve') await sandbox.serve(how.beside ?? '', service.until);
      return how.does === 'end' ? sandbox.end(command, how.shows) : sandbox.watch(command, how.shows);
    }
    case 'nothing':
      return;
    default:
      return how satisfies never;
  }
}
