/** From what the user said, in a file, the environment and flags, to one configuration. */

import { resolve } from 'node:path';

import { ReuseportError } from '../errors.js';
import { assemble, workingDirectoryOf } from './assemble.js';
import { COMMAND_NAMES } from './command-table.js';
import { findConfigFile, readConfigFile } from './config-file.js';
import type { ConfigFile } from './config-file.js';
import { environmentLayer, environmentWarnings } from './environment.js';
import { takeHooks } from './file-hooks.js';
import type { FileHooks } from './file-hooks.js';
import { flagLayer } from './flags.js';
import type { RunFlags } from './flags.js';
import type { ConfigHost } from './host.js';
import { checkLayer } from './layer.js';
import type { Layer } from './layer.js';
import { DEFAULT_SOURCE, pick } from './merge.js';
import { suggestion } from './nearest.js';
import type { Resolution, Source } from './resolved-config.js';
import { findScript } from './script.js';
import { problemsTogether } from './together.js';

interface LoadedFile {
  readonly file: ConfigFile | undefined;
  readonly source: Source;
  readonly warnings: readonly string[];
}

async function loadFile(layers: readonly Layer[], host: ConfigHost): Promise<LoadedFile> {
  const { value: asked, source } = pick(layers, 'config', undefined);
  if (asked === undefined) {
    const found = await findConfigFile(host);
    const foundSource: Source = { kind: 'default', text: 'found in the current folder' };
    return { ...found, source: found.file === undefined ? source : foundSource };
  }
  return { source, warnings: [], file: await readConfigFile(asked, source.text, host) };
}

function fileLayer(file: ConfigFile, { rest, problems }: FileHooks): Layer {
  const layer = checkLayer(rest, {
    kind: 'file',
    title: file.title,
    baseFolder: resolve(file.path, '..'),
    originOf: (key) => `${file.title}: ${key}`,
  });
  return { ...layer, problems: [...layer.problems, ...problems] };
}

function hooksRow(file: ConfigFile | undefined, own: FileHooks | undefined) {
  if (file === undefined || own === undefined || own.hooks.length === 0) return { value: [], source: DEFAULT_SOURCE };
  return { value: own.hooks, source: { kind: 'file', text: `from ${file.title}` } } as const;
}

function throwProblems(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new ReuseportError('ERR_CONFIG_INVALID', problems.join('\n'), { fields: { problems } });
}

async function locateScript(layers: readonly Layer[], host: ConfigHost) {
  const { value: written, source, layer } = pick(layers, 'script', undefined);
  if (!written || layer === undefined) {
    const advice = 'Write "reuseport <script>", or set script in a config file; "reuseport --help" shows more.';
    throw new ReuseportError('ERR_USAGE', `no script to run. ${advice}`);
  }
  const chdir = workingDirectoryOf(layers, host.cwd);
  const baseFolder = chdir.source.kind === 'default' ? layer.baseFolder : chdir.value;
  const hint = suggestion(written, COMMAND_NAMES, (command) => `reuseport ${command}`);
  const asked = { path: resolve(baseFolder, written), written, sourceText: source.text, hint };
  return { source, value: await findScript(asked, host) };
}

/**
 * Resolves the configuration of `run`: defaults < config file < environment < flags.
 *
 * Rejects with ReuseportError: ERR_CONFIG_INVALID, whose message has a line for each problem (the field `problems` has
 * them as a list), ERR_CONFIG_UNREADABLE, ERR_USAGE without a script, ERR_SCRIPT_NOT_FOUND, ERR_CONTROL_PATH.
 */
export async function resolveConfig(flags: RunFlags, host: ConfigHost): Promise<Resolution> {
  const own = [environmentLayer(host.env, host.cwd), flagLayer(flags, host.cwd)];
  // A problem elsewhere must not hide the ones in the file, unless it is about which file.
  const { file, source, warnings } = await loadFile(own, host);
  const hooks = file === undefined ? undefined : takeHooks(file);
  const layers = file === undefined || hooks === undefined ? own : [fileLayer(file, hooks), ...own];
  throwProblems(layers.flatMap((layer) => layer.problems));
  const fixed = {
    script: await locateScript(layers, host),
    configFile: { value: file?.path, source },
    hooks: hooksRow(file, hooks),
  };
  const resolved = await assemble(layers, fixed, host);
  throwProblems(problemsTogether(resolved));
  return { ...resolved, warnings: [...warnings, ...environmentWarnings(host.env)] };
}
