/** `reuseport bench compare` and `sweep` with a script. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ReuseportError } from '../../../src/errors.js';
import { allowOptions, MEASURING_OPTIONS, numberOf, textOf, usageError } from '../options.js';
import type { BenchRequest } from '../options.js';
import { runScenarios } from '../experiments.js';
import { LOADS, ownComparison } from './compare.js';
import type { LoadName } from './compare.js';
import type { OwnScript } from './rivals.js';
import { ownSweep } from './sweep.js';

const SCRIPT_OPTIONS = [...MEASURING_OPTIONS, 'path', 'port'];

function scriptOf(request: BenchRequest): OwnScript {
  const [what, script, extra] = request.words;
  if (script === undefined) throw usageError(`bench ${what}: expected a script, got nothing`);
  if (extra !== undefined) throw usageError(`bench ${what}: unexpected argument ${JSON.stringify(extra)}`);
  const file = path.resolve(script);
  if (!existsSync(file)) throw new ReuseportError('ERR_SCRIPT_NOT_FOUND', `bench ${what}: there is no ${file}`);
  return { file, port: numberOf(request, 'port', { lowest: 1, highest: 65_535, whole: true }) };
}

function pathOf(request: BenchRequest): string {
  const text = textOf(request, 'path') ?? '/';
  if (/^\/[!-~]*$/.test(text)) return text;
  throw usageError(
    `path: expected one that begins with / and has no blanks, got ${JSON.stringify(text)} (from --path)`,
  );
}

function loadsOf(request: BenchRequest): readonly LoadName[] {
  const text = textOf(request, 'load');
  if (text === undefined) return ['new', 'keep-alive'];
  if (Object.hasOwn(LOADS, text)) return [text as LoadName];
  throw usageError(`load: expected ${Object.keys(LOADS).join(', ')}, got ${JSON.stringify(text)} (from --load)`);
}

export function runCompare(request: BenchRequest): Promise<number> {
  allowOptions(request, ' compare', [...SCRIPT_OPTIONS, 'load', 'rate', 'workers']);
  const own = {
    loads: loadsOf(request),
    path: pathOf(request),
    workers: numberOf(request, 'workers', { lowest: 1, highest: 64, whole: true }) ?? availableParallelism(),
    ratePerSecond: numberOf(request, 'rate', { lowest: 1, highest: 1_000_000 }),
  };
  return runScenarios([ownComparison(scriptOf(request), own)], request);
}

export function runSweep(request: BenchRequest): Promise<number> {
  allowOptions(request, ' sweep', SCRIPT_OPTIONS);
  return runScenarios([ownSweep(scriptOf(request), pathOf(request))], request);
}
