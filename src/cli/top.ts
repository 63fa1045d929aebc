/** `reuseport top`: what draws is not in the bundle of the command, which every start of a service loads. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TopOptions } from '../top/top.js';
import { askMaster } from './control-client.js';
import { packageInfo } from './package-info.js';

export async function watchService(path: string, intervalMs: number): Promise<void> {
  const file = join(packageInfo().root, 'dist', 'bundle', 'top.mjs');
  const { top } = (await import(pathToFileURL(file).href)) as { top: (options: TopOptions) => Promise<void> };
  await top({ intervalMs, ask: (request) => askMaster(path, request) });
}
