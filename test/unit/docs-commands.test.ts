// What README and docs tell people to type: commands, options, scripts and files that there are; and links that lead somewhere.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { it } from 'node:test';
import { parseArguments } from '../../src/cli/arguments.js';
import { isCommandName } from '../../src/config/command-table.js';
import { flagSpecs } from '../../src/config/flag-specs.js';

const root = join(import.meta.dirname, '..', '..', '..');
const folders = ['.', 'docs', 'bench', 'examples'];
const files = folders
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .filter((file) => file.endsWith('.md') && file !== 'CHANGELOG.md');

interface Code {
  file: string;
  text: string;
}

/** Lines of blocks, and what stands between backticks within a paragraph. */
function codeOf(file: string): Code[] {
  const found: Code[] = [];
  let inBlock = false;
  let paragraph = '';
  const endParagraph = () => {
    for (const [, text = ''] of paragraph.matchAll(/`([^`]+)`/g)) found.push({ file, text });
    paragraph = '';
  };
  for (const line of readFileSync(join(root, file), 'utf8').split('\n')) {
    if (/^\s*```/.test(line)) {
      endParagraph();
      inBlock = !inBlock;
    } else if (inBlock) {
      found.push({ file, text: line.trim() });
    } else if (line.trim() === '' || line.startsWith('|')) {
      paragraph += line;
      endParagraph();
    } else {
      paragraph += ` ${line.trim()}`;
    }
  }
  return found;
}

const code = files.flatMap(codeOf);

/** Up to a comment, a pipe, or the next command. Quotes hold words together. */
function wordsOf(text: string): string[] {
  const words = [...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([all, ...quoted]) => {
    return { plain: quoted[2] !== undefined, word: quoted.find((each) => each !== undefined) ?? all };
  });
  const end = words.findIndex(({ plain, word }) => plain && /^(#.*|\||&&|&|;|>|2>.*|→)$/.test(word));
  return words.slice(0, end < 0 ? undefined : end).map(({ word }) => word);
}

/** The words behind `reuseport`, where the text is such a command line. */
function argumentsIn({ text }: Code): string[] | null {
  const command = /^(?:\$ )?(?:sudo )?(?:[A-Z_]+=\S+ )*(?:npx |node_modules\/\.bin\/)?reuseport( .*)?$/.exec(text);
  return command === null ? null : wordsOf(command[1] ?? '');
}

/** `<n>` and `[path]` stand for something, `…` for anything. */
const isPlaceholder = (words: readonly string[]) => words.some((word) => /[<[…|]|^\.\.\.$/.test(word));

it('every reuseport command is one that the command line takes', () => {
  let parsed = 0;
  for (const each of code) {
    const words = argumentsIn(each);
    if (words === null || isPlaceholder(words)) continue;
    // Spoken of, not typed: some need more.
    if (words.length === 1 && isCommandName(words[0] ?? '')) continue;
    parsed += 1;
    assert.doesNotThrow(() => parseArguments(words), `${each.file}: ${each.text}`);
  }
  assert.ok(parsed > 80, `only ${parsed} commands were found`);
});

it('every npm script is one of package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  let found = 0;
  for (const { file, text } of code) {
    for (const [, run, short] of text.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(start|test)\b)/g)) {
      found += 1;
      assert.ok(Object.hasOwn(scripts, run ?? short ?? ''), `${file}: ${text}`);
    }
  }
  assert.ok(found > 20, `only ${found} scripts were found`);
});

it('every program of this repository that docs start is there', () => {
  for (const { file, text } of code) {
    for (const [, path = ''] of text.matchAll(/\bnode ((?:scripts|examples|dist\/src)\/[\w./-]+)/g)) {
      const source = path.replace(/^dist\/(.*)\.js$/, '$1.ts');
      assert.ok(existsSync(join(root, source)), `${file}: ${text}`);
    }
  }
});

/** Options of Node, Docker and of an example, that docs speak of by name alone. */
const OTHERS = new Set(['import', 'inspect', 'pid', 'require', 'reuse-port', 'untold']);
/** Options of others have columns, or programs, of their own there. */
const SPEAKS_OF_OTHERS = /^(docs\/migrating|bench\/README)\.md$/;

it('every option that is named by itself is one of ours, or of a program named here', () => {
  const specs = flagSpecs();
  const isOurs = (word: string) => specs.has(word) || (word.startsWith('no-') && specs.has(word.slice(3)));
  for (const { file, text } of code) {
    const [, word] = /^--([a-z][a-z0-9-]*)(?:[ =]|$)/.exec(text) ?? [];
    if (word === undefined || SPEAKS_OF_OTHERS.test(file)) continue;
    assert.ok(isOurs(word) || OTHERS.has(word), `${file}: ${text}`);
  }
});

/** The anchors of GitHub: of headings, in small letters, without what is no word. */
function anchorsOf(file: string): Set<string> {
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

it('every link to a file of this repository leads to it, and to a heading that it has', () => {
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const to = path === '' ? join(root, file) : resolve(root, dirname(file), path);
      assert.ok(existsSync(to), `${file}: ${target}`);
      if (anchor !== undefined) assert.ok(anchorsOf(to).has(anchor), `${file}: ${target}`);
    }
  }
});
