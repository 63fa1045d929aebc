import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Replaces the file in one step, so that an interrupted run leaves the last whole state. */
export async function writeResult(file: string, result: unknown): Promise<void> {
  const unfinished = `${file}.${process.pid}.tmp`;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(unfinished, `${JSON.stringify(result)}\n`);
  await rename(unfinished, file);
}
