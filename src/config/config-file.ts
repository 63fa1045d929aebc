/** Finding and reading the config file. What it holds is checked elsewhere. */

import { basename, extname, join, relative, resolve } from 'node:path';

import { ReuseportError } from '../errors.js';
import type { ConfigHost } from './host.js';
import { findJsonError } from './json-position.js';

/** The files looked up in the current folder, the first that is there wins. */
export const CONFIG_FILE_NAMES = [
  'reuseport.config.json',
  'reuseport.config.js',
  'reuseport.config.mjs',
  'reuseport.config.cjs',
  'reuseport.config.ts',
  'reuseport.config.mts',
  'reuseport.config.cts',
] as const;

const MODULE_EXTENSIONS = ['.js', '.mjs', '.cjs'];
const TYPESCRIPT_EXTENSIONS = ['.ts', '.mts', '.cts'];

export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  /** For messages: relative where the file is below the current folder. */
  readonly title: string;
  /** What the file exports; nothing is known of it yet. */
  readonly raw: unknown;
}

export interface FoundConfigFile {
  readonly file: ConfigFile | undefined;
  readonly warnings: readonly string[];
}

function unreadable(path: string, title: string, why: string, cause?: unknown): ReuseportError {
  return new ReuseportError('ERR_CONFIG_UNREADABLE', `${title}: ${why}`, { cause, fields: { path } });
}

function errnoOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function titleOf(path: string, cwd: string): string {
  const fromHere = relative(cwd, path);
  return fromHere.startsWith('..') ? path : fromHere;
}

function parseJson(text: string, path: string, title: string): unknown {
  // Some editors put a byte order mark in front.
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    const { line, column } = findJsonError(json) ?? { line: 1, column: 1 };
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unreadable(path, `${title}:${line}:${column}`, `not JSON: ${why}`, cause);
  }
}

async function importDefault(path: string, title: string, host: ConfigHost): Promise<unknown> {
  let namespace: unknown;
  try {
    namespace = await host.importModule(path);
  } catch (cause) {
    throw unreadable(path, title, `importing it failed: ${messageOf(cause)}`, cause);
  }
  if (typeof namespace === 'object' && namespace !== null && 'default' in namespace) return namespace.default;
  throw unreadable(path, title, 'it has no default export; write "export default { … }" or "module.exports = { … }"');
}

async function read(path: string, text: string, host: ConfigHost): Promise<ConfigFile> {
  const title = titleOf(path, host.cwd);
  const extension = extname(path);
  if (extension === '.json') return { path, title, raw: parseJson(text, path, title) };
  if (TYPESCRIPT_EXTENSIONS.includes(extension) && !host.stripsTypes) {
    const advice = 'Use Node 22.18 or newer, or write the file as .mjs or .json.';
    throw unreadable(path, title, `Node ${host.nodeVersion} cannot import TypeScript. ${advice}`);
  }
  if ([...MODULE_EXTENSIONS, ...TYPESCRIPT_EXTENSIONS].includes(extension)) {
    return { path, title, raw: await importDefault(path, title, host) };
  }
  throw unreadable(path, title, 'a config file ends in .json, .js, .mjs, .cjs or .ts');
}

async function textOf(path: string, host: ConfigHost): Promise<string | undefined> {
  try {
    return await host.readText(path);
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === 'ENOENT') return undefined;
    throw unreadable(path, titleOf(path, host.cwd), `reading it failed: ${errno ?? messageOf(cause)}`, cause);
  }
}

/** Reads the file that was asked for. Throws ERR_CONFIG_UNREADABLE, which names the file and the cause. */
export async function readConfigFile(asked: string, sourceText: string, host: ConfigHost): Promise<ConfigFile> {
  const path = resolve(host.cwd, asked);
  const text = await textOf(path, host);
  if (text === undefined) throw unreadable(path, titleOf(path, host.cwd), `no such file (${sourceText})`);
  return read(path, text, host);
}

/** Looks in the current folder. Without a config file there, `file` is undefined; of several, the others are warned of. */
export async function findConfigFile(host: ConfigHost): Promise<FoundConfigFile> {
  const paths = CONFIG_FILE_NAMES.map((name) => join(host.cwd, name));
  const texts = await Promise.all(paths.map((path) => textOf(path, host)));
  const [first, ...others] = paths.filter((_, index) => texts[index] !== undefined);
  if (first === undefined) return { file: undefined, warnings: [] };
  const file = await read(first, texts[paths.indexOf(first)] ?? '', host);
  return { file, warnings: others.map((path) => `${basename(path)}: ignored, ${basename(first)} is used`) };
}
