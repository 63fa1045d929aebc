/** The help text, from the same tables that parsing uses. */

import { COMMAND_NAMES, commandRow } from '../config/command-table.js';
import type { CommandName } from '../config/command-table.js';
import { shownOptions } from '../config/option-rows.js';
import { WIDTH_COLUMNS, wrap } from './wrap.js';

/** Two columns, the right one wrapped. */
function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const leftColumns = Math.max(...rows.map(([left]) => left.length));
  return rows.flatMap(([left, right]) =>
    wrap(right, WIDTH_COLUMNS - leftColumns - 4).map((line, index) =>
      `  ${(index === 0 ? left : '').padEnd(leftColumns)}  ${line}`.trimEnd(),
    ),
  );
}

function optionLines(command: CommandName): readonly string[] {
  return ['Options:', ...columns(shownOptions(command).map(({ usage, meaning }) => [usage, meaning] as const))];
}

function overview(): readonly string[] {
  const commands = COMMAND_NAMES.map(
    (name) => [`${name} ${commandRow(name).usage}`, commandRow(name).meaning] as const,
  );
  return [
    'reuseport runs a Node server on every core: each worker binds the same port, the kernel balances.',
    '',
    'Usage: reuseport <script> [options] [-- args for the script]',
    '       reuseport <command> [options]',
    '',
    'Commands:',
    ...columns(commands),
    '',
    ...optionLines('run'),
    '',
    'Durations: 500ms, 10s, 2m, 1h. A switch is turned off by --no- in front: --no-join.',
    'Every option can also be set in reuseport.config.{json,js,mjs,ts} (readyTimeout) or in the',
    'environment (REUSEPORT_READY_TIMEOUT). "reuseport help <command>" shows the options of a command.',
  ];
}

function commandHelp(command: CommandName): readonly string[] {
  const { usage, meaning, notes = [] } = commandRow(command);
  const sentence = `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.`;
  const more = notes.length === 0 ? [] : [...notes.map((note) => `  ${note}`), ''];
  return [`Usage: ${`reuseport ${command} ${usage}`.trimEnd()}`, '', sentence, '', ...more, ...optionLines(command)];
}

/** Help for a command; without one, or for `run`, all of it. Lines of at most 100 columns, a newline at the end. */
export function helpText(topic?: CommandName): string {
  const lines = topic === undefined || topic === 'run' ? overview() : commandHelp(topic);
  return `${lines.join('\n')}\n`;
}
