import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LabResult } from '../result.js';
import { markdownReport } from './markdown.js';
import { reportPage } from './report-page.js';

/** Replaces the file in one step, so that nobody reads half a page. */
export async function writePage(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${process.pid}.tmp`;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(unfinished, text);
  await rename(unfinished, file);
}

/** One HTML file that needs no other and no network, or, by the name of the file, Markdown without the charts. */
export async function writeReport(result: LabResult, file: string): Promise<void> {
  await writePage(file, path.extname(file) === '.md' ? markdownReport(result) : reportPage(result));
}
