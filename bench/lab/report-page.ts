/** The report is bundled with as much of its charting library as it uses: an installed package has nothing else of it. */
import { pathToFileURL } from 'node:url';
import { inProject } from '../paths.js';

type Report = typeof import('./report-entry.js');

export async function loadReport(): Promise<Report> {
  return (await import(pathToFileURL(inProject('dist', 'bundle', 'lab-report.mjs')).href)) as Report;
}
