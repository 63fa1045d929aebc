/** What a binary asks of the libraries of the system that loads it, as the linker has written it down. */
import { execFileSync } from 'node:child_process';

/** What Node's own binaries ask for at most, from 20 to 26: Debian 10, Ubuntu 20.04, RHEL 8 and what is newer. */
export const BOUNDS = /** @type {Record<string, string>} */ ({ GLIBC: '2.28', GLIBCXX: '3.4.21', CXXABI: '1.3.9' });

/** @typedef {{ symbol: string, family: string, version: string }} Need */

/** @param {string} file @returns {Need[]} */
export function needsOf(file) {
  const options = /** @type {const} */ ({ encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const table = execFileSync('readelf', ['--dyn-syms', '--wide', file], options);
  return [...table.matchAll(/ UND (\S+?)@(\w+?)_([\d.]+)/g)].map(([, symbol = '', family = '', version = '']) => {
    return { symbol, family, version };
  });
}

/** @param {string} a @param {string} b */
function compareVersions(a, b) {
  const [left, right] = [a, b].map((each) => each.split('.').map(Number));
  for (let part = 0; part < Math.max(left?.length ?? 0, right?.length ?? 0); part += 1) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Those that a system at the bounds does not have. @param {readonly Need[]} needs */
export function tooNew(needs) {
  return needs.filter(({ family, version }) => compareVersions(version, BOUNDS[family] ?? '999') > 0);
}

/** Of each family the newest. @param {readonly Need[]} needs */
export function newest(needs) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const { family, version } of needs) {
    if (compareVersions(version, found[family] ?? '0') > 0) found[family] = version;
  }
  return found;
}
