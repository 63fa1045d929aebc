/** Generates docs/configuration.md from the option table. As a program: `node dist/src/config/docs.js --write`. */

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';

import { commandRow } from './command-table.js';
import { CONFIG_FILE_NAMES } from './config-file.js';
import { OPTION_KEYS, optionRow, variableOf, wordOf } from './option-table.js';

const HEADINGS = ['Option', 'Config key', 'Environment', 'Default', 'Accepts', 'Meaning'];

function cells(texts: readonly string[]): string {
  return `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
}

function optionLine(key: (typeof OPTION_KEYS)[number]): string {
  const { kind, short, label, defaultText, meaning, inFile } = optionRow(key);
  const option = `${short === undefined ? '' : `-${short} `}--${wordOf(key)}${label === undefined ? '' : ` ${label}`}`;
  const configKey = inFile === false ? '–' : `\`${key}\``;
  return cells([`\`${option}\``, configKey, `\`${variableOf(key)}\``, defaultText, kind.expected, meaning]);
}

function optionTable(): readonly string[] {
  return [cells(HEADINGS), cells(HEADINGS.map(() => '---')), ...OPTION_KEYS.map((key) => optionLine(key))];
}

const PRECEDENCE = `## Precedence

Defaults, then the config file, then the environment, then the command line: the later wins. Only \`env\` is merged,
variable by variable. Each layer is checked by itself, before they are merged: a bad value in the config file is an
error even where a flag overrides it. All problems are reported at once, each with where it comes from, and the exit
code is 2:

\`\`\`text
workers: expected an integer from 1 to 64, "auto", or a range of them such as 2..8 or 1..auto, got "4..2": write 2..4 (from --workers)
readyTimeout: expected a duration from 1ms to 596h, such as 500ms, 10s, 2m or 1h, got "30": write 30s or 30ms (from REUSEPORT_READY_TIMEOUT)
\`\`\`

The source of each value is kept: \`default\`, \`from --workers\`, \`from REUSEPORT_WORKERS\`,
\`from reuseport.config.json: workers\`.`;

const namesOf = (from: number, to?: number): string =>
  CONFIG_FILE_NAMES.slice(from, to)
    .map((name) => `\`${name}\``)
    .join(', ');

const FILES = `## Config file

Without \`--config\`, the first of these that is in the current folder is read:
${namesOf(0, 4)},
${namesOf(4)}.
A module exports the options as its default (\`export default { … }\` or \`module.exports = { … }\`). A TypeScript file
needs a Node that strips types (22.18 or newer).

Besides the options above, a config file may hold \`script\` (a path) and \`args\` (a list of strings for the script). It
cannot hold \`config\`. A module may also export hooks: functions that are called when something happens
([operations.md](operations.md#hooks)). An unknown key is an error.

\`\`\`json
{
  "script": "server.js",
  "workers": 4,
  "readyTimeout": "10s",
  "env": { "NODE_ENV": "production" },
  "nodeArg": ["--max-old-space-size=512"]
}
\`\`\`

Relative paths in a config file start from the folder of that file, those of flags and environment from the current
folder. Where \`chdir\` is set, a relative script starts from there.`;

const ENVIRONMENT = `## Environment

\`REUSEPORT_\` and the option's word in capitals. An empty variable counts as unset. A \`REUSEPORT_\` variable that is no
option is ignored with a warning.

- Switches (\`REUSEPORT_JOIN\`) take 1, true, yes, on, or 0, false, no, off.
- \`REUSEPORT_ENV\` and \`REUSEPORT_NODE_ARG\` hold several values between blanks. Double quotes keep blanks together,
  inside them a backslash keeps the next character: \`REUSEPORT_ENV='A=1 B="two words"'\`.`;

const COMMAND_LINE = `## Command line

\`reuseport [run] ${commandRow('run').usage}\`

Options may stand before and after the script; everything after \`--\` is the script's, and replaces \`args\` of a config
file. \`--node-arg\` and \`--env\` are repeated for several values. Of another option given twice, the last wins. \`--no-join\`
turns off what a config file turned on. A script with the name of a command is written \`./status\`, or \`run status\`.`;

const DURATIONS = `## Durations, sizes and addresses

A duration is a whole number and a unit: \`500ms\`, \`10s\`, \`2m\`, \`1h\`. A number alone is refused on the command line,
in the environment, and as a string, because nobody can know its unit; a JSON or JavaScript number in a config file is
milliseconds. The longest is 2147483647 ms (596 hours), the longest timer of Node.

A size is a whole number of bytes, or of \`k\`, \`m\`, \`g\` (powers of 1024): \`512m\`.

\`--bind\` takes \`host:port\`, \`[::1]:3000\`, \`:3000\` or \`3000\`; the last two mean every address of the machine. An IPv6
address needs its brackets. \`--metrics\` and \`--statsd\` take the same, but there the last two mean 127.0.0.1.`;

const NAMES = `## Name and control socket

The default name is the name in the nearest package.json above the script, \`-\`, and the script's base name; the folder
stands in for a package without a name. Characters other than letters, digits, \`.\`, \`_\`, \`@\` and \`-\` become \`-\`.

The control socket is \`$XDG_RUNTIME_DIR/reuseport/<name>.sock\`, or \`reuseport-<uid>/<name>.sock\` in the temporary folder.
That folder is made with mode 0700; one that belongs to somebody else, or that others can enter, is refused. The folder
of a path given by \`--control\` only has to exist. A socket path has at most 107 bytes.

\`status\`, \`reload\`, \`stop\` and \`scale\` find the master by \`--control\`, \`--name\`, \`REUSEPORT_CONTROL\`, \`REUSEPORT_NAME\`,
or, without these, as the only one in the default folder. They do not read the config file.`;

/** The text of docs/configuration.md. */
export function configurationDocs(): string {
  const sections = [
    '# Configuration',
    '<!-- Generated from src/config/option-table.ts by: node dist/src/config/docs.js --write -->',
    'Every option of `reuseport run` can be set on the command line, in the environment, or in a config file.',
    // The formatter would pad the columns, and the file would differ from what is generated.
    `<!-- prettier-ignore -->\n${optionTable().join('\n')}`,
    PRECEDENCE,
    COMMAND_LINE,
    ENVIRONMENT,
    FILES,
    DURATIONS,
    NAMES,
  ];
  return `${sections.join('\n\n')}\n`;
}

if (argv[1] !== undefined && fileURLToPath(import.meta.url) === resolve(argv[1])) {
  const text = configurationDocs();
  if (argv.includes('--write')) await writeFile(resolve('docs/configuration.md'), text);
  else stdout.write(text);
}
