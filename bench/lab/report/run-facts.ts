import type { LabResult } from '../result.js';
import { html } from './html.js';
import type { Html } from './html.js';
import { countOf } from './text.js';

/** As in `2026-11-21 16:47 UTC`; what is no moment is shown as it is. */
export function moment(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function took({ startedAt, finishedAt }: LabResult): string {
  if (finishedAt === null) return 'did not finish: whole rounds up to there are shown';
  const minutes = (Date.parse(finishedAt) - Date.parse(startedAt)) / 60_000;
  return Number.isFinite(minutes) ? `took ${minutes.toFixed(1)} min` : '';
}

/** Of a run, by the name of each fact. */
export function runFacts(result: LabResult): [name: string, value: string][] {
  const { environment, command, quick } = result;
  const memory = (environment.memoryBytes / 2 ** 30).toFixed(0);
  return [
    [
      'Machine',
      `${environment.cpuModel}, ${countOf(environment.cores, 'core')}, ${memory} GiB, ${environment.architecture}`,
    ],
    ['Kernel', `Linux ${environment.kernel}, ${environment.congestionControl}, somaxconn ${environment.somaxconn}`],
    ['Clock', `governor ${environment.governor}; load average before: ${environment.loadAverage1.toFixed(2)}`],
    ['Node', environment.nodeVersion],
    ['reuseport', environment.packageVersion],
    ['When', `${moment(result.startedAt)}, ${took(result)}${quick ? ', quick: short rounds' : ''}`],
    ['Command', command.join(' ')],
  ];
}

const factRow = ([name, value]: readonly [string, string]): Html =>
  html`<dt>${name}</dt>
    <dd>${name === 'Command' ? html`<code>${value}</code>` : value}</dd>`;

export function factList(facts: readonly (readonly [string, string])[]): Html {
  return html`<dl class="facts">${facts.map(factRow)}</dl>`;
}
