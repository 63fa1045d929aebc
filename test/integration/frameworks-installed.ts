// What of test/frameworks is installed, built and fit for this Node; and else why not.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../helpers/reuseport.js';
import type { Program } from './frameworks-programs.js';

export const FRAMEWORKS = path.join(root, 'test/frameworks/');

const HOW_TO_INSTALL = 'run ensureFrameworks() of scripts/lib/frameworks.mjs';

/** Why none of the programs can be tried, or undefined. */
export function whyNotInstalled(): string | undefined {
  return existsSync(`${FRAMEWORKS}node_modules/.reuseport-stamp`)
    ? undefined
    : `test/frameworks is not installed: ${HOW_TO_INSTALL}`;
}

/** Why this program cannot be tried, or undefined. */
export function whySkipped(program: Program): string | undefined {
  if (program.tree === 'next' && !existsSync(`${FRAMEWORKS}next/.next/.reuseport-stamp`)) {
    return `Next.js is not installed and built: ${HOW_TO_INSTALL}`;
  }
  if (!existsSync(`${FRAMEWORKS}${program.script}`)) return `${program.script} is not built: ${HOW_TO_INSTALL}`;
  if (program.engine === undefined) return undefined;
  const manifest = JSON.parse(readFileSync(`${FRAMEWORKS}${program.engine}/package.json`, 'utf8')) as {
    name: string;
    version: string;
    engines?: { node?: string };
  };
  const range = manifest.engines?.node ?? '*';
  return isWithin(process.versions.node, range)
    ? undefined
    : `${manifest.name} ${manifest.version} asks for Node ${range}, this is ${process.versions.node}`;
}

/**
 * Whether a version is within a range as `engines` fields are written: `>=20.9`, `^20.19 || >=22.12`, `*`.
 * @throws an Error on any other notation, lest a test be skipped (or not) by a misunderstanding.
 */
export function isWithin(version: string, range: string): boolean {
  return range.split('||').some((alternative) => {
    const match = /^\s*(?:\*|(>=|\^)\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?)\s*$/.exec(alternative);
    if (match === null) throw new Error(`engines range not understood: ${range}`);
    const [, operator, ...lowest] = match;
    if (operator === undefined) return true;
    const numbers = version.split('.').map(Number);
    const bounds = lowest.map((part: string | undefined) => Number(part ?? 0));
    if (operator === '^' && numbers[0] !== bounds[0]) return false;
    const differing = bounds.findIndex((bound, index) => numbers[index] !== bound);
    return differing === -1 || (numbers[differing] ?? 0) > (bounds[differing] ?? 0);
  });
}
