/** Versions of the kernel, for what cannot be tried. */
import type { Host } from './readings.js';

export interface KernelVersion {
  /** `6.12.88`; null for a release that is none of the usual form. */
  numbers: [number, number, number] | null;
  isBefore(major: number, minor: number): boolean;
}

/**
 * Debian puts the version that it is built from into uname -v (`#1 SMP … Debian 6.1.192-1 (…)`); its older releases have
 * only a package's ABI number in uname -r (`6.1.0-49-amd64`).
 */
export function parseKernel({ release, build }: Host['kernel']): KernelVersion {
  const match = /\bDebian (\d+)\.(\d+)\.(\d+)/.exec(build) ?? /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release);
  if (match === null) return { numbers: null, isBefore: () => false };
  const [major, minor, patch] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  return {
    numbers: [major, minor, patch],
    isBefore: (otherMajor, otherMinor) => major < otherMajor || (major === otherMajor && minor < otherMinor),
  };
}

/** First patch of each stable series with the fix of CVE-2026-46015; 6.1 as Debian has it. */
const WAKES_SINCE: Record<string, number> = { '6.18': 44, '6.12': 117, '6.1': 192 };

/**
 * Does a listener that gets a connection by migration wake its process: by the version alone. Null where that does not
 * tell: other series, and distributions that mend an old version without changing its number.
 */
export function wakesByVersion(kernel: Host['kernel']): boolean | null {
  const { numbers } = parseKernel(kernel);
  if (numbers === null) return null;
  const [major, minor, patch] = numbers;
  const since = WAKES_SINCE[`${major}.${minor}`];
  const isDebian = /\bDebian \d/.test(kernel.build);
  if (since === undefined || patch === 0 || (minor === 1 && !isDebian)) return null;
  return patch >= since;
}
