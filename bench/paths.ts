import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder; compiled files lie in dist/bench. */
export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

export function inProject(...parts: string[]): string {
  return path.join(projectRoot, ...parts);
}

/** Built by `node-gyp configure -- -Dbench=1 && node-gyp build`. */
export const loadgenFile = inProject('build', 'Release', 'loadgen');
export const epollServerFile = inProject('build', 'Release', 'c-epoll-server');
export const delayLineFile = inProject('build', 'Release', 'delay-line');
export const deferAcceptFile = inProject('build', 'Release', 'defer-accept');
export const cliFile = inProject('dist', 'bundle', 'cli.js');
