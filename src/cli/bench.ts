/** `reuseport bench`: the lab is no part of the bundle, and is loaded from beside it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ReuseportError } from '../errors.js';
import type { BenchArguments } from './arguments.js';
import { packageInfo } from './package-info.js';

interface Lab {
  bench(request: Omit<BenchArguments, 'command'> & { command: readonly string[] }): Promise<number>;
}

/** Resolves with the exit code. @param argv as typed, to run it again */
export async function bench({ words, options }: BenchArguments, argv: readonly string[]): Promise<number> {
  const file = join(packageInfo().root, 'dist', 'bench', 'lab', 'main.js');
  if (!existsSync(file)) {
    const message = `bench: ${file} is missing. From a clone: npm run build. Else install the package again.`;
    throw new ReuseportError('ERR_BENCH_TOOLS', message, { fields: { file } });
  }
  const lab = (await import(pathToFileURL(file).href)) as Lab;
  return lab.bench({ words, options, command: ['reuseport', ...argv] });
}
