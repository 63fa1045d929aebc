/** The files of /proc and /sys: the seam between what is read and what is made of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { known, type Reading, unknown } from './reading.js';

/** Both throw errors with the errno's name as `code`. */
export interface HostFiles {
  read(path: string): string;
  list(path: string): string[];
}

export const realFiles: HostFiles = {
  read: (path) => readFileSync(path, 'utf8'),
  list: (path) => readdirSync(path),
};

/** `parse` answers undefined for a text that it does not understand. */
export function readFrom<T>(files: HostFiles, path: string, parse: (text: string) => T | undefined): Reading<T> {
  return looking(path, () => {
    const text = files.read(path);
    const value = parse(text.trim());
    return value === undefined
      ? unknown(`${path}: ${JSON.stringify(text.slice(0, 60))} is not understood`)
      : known(value);
  });
}

export function listOf(files: HostFiles, path: string): Reading<string[]> {
  return looking(path, () => known(files.list(path).toSorted()));
}

function looking<T>(path: string, look: () => Reading<T>): Reading<T> {
  try {
    return look();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return unknown(code === 'ENOENT' ? `there is no ${path} here` : `${path}: ${code}`);
  }
}
