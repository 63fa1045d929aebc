import path from 'node:path';

/** Short and different: the parts of the paths that differ, or A, B, C where they are the same files. */
export function runNames(files: readonly string[]): string[] {
  const parts = files.map((file) =>
    path
      .resolve(file)
      .replace(/\.json$/, '')
      .split(path.sep),
  );
  const ends = (count: number): string[] => parts.map((part) => part.slice(-count).join(path.sep));
  const longest = Math.max(...parts.map(({ length }) => length));
  for (let count = 1; count <= longest; count += 1) {
    const names = ends(count);
    if (new Set(names).size === names.length) return names.map((name) => name.replace(/\/results$/, ''));
  }
  return files.map((_, index) => `run ${index + 1}`);
}
