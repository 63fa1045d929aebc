/** The report of one run. */
import type { LabResult, LabScenarioResult } from '../result.js';
import { cellsOf } from './cells.js';
import { tablesOf } from './cell-table.js';
import { figuresOf } from './charts/figures.js';
import { html } from './html.js';
import type { Html } from './html.js';
import { looksOf } from './looks.js';
import type { Look } from './looks.js';
import { page } from './page.js';
import { rivalList, shortNames } from './rival-names.js';
import { factList, moment, runFacts } from './run-facts.js';
import { countOf } from './text.js';
import { doubtList, voidingList } from './warning-list.js';

const anchor = (index: number): string => `scenario-${index + 1}`;

/** What was seen beside what was measured stands with the verdict: it may be what made it. */
function doubtCount({ warnings }: LabScenarioResult): Html | null {
  const count = new Set(warnings.map(({ reason }) => reason)).size;
  return count === 0 ? null : html` <small>(${countOf(count, 'reason')} to doubt)</small>`;
}

function verdict(scenario: LabScenarioResult): Html | null {
  const { asExpected, advises } = scenario;
  if (advises === true) return null;
  if (asExpected === null) return html`<span class="verdict open">? cannot be said</span>`;
  const doubts = doubtCount(scenario);
  return asExpected
    ? html`<span class="verdict yes">✓ as expected${doubts}</span>`
    : html`<span class="verdict no">✗ not as expected${doubts}</span>`;
}

/** A scenario without figures has been skipped as a whole, or was not reached. */
const outcome = ({ finding, samples }: LabScenarioResult): string =>
  finding ?? (samples.length === 0 ? 'It did not run.' : 'Nothing can be said.');

function claims(scenario: LabScenarioResult): Html {
  return html`<dl class="claims">
    <dt>Expected</dt>
    <dd>${scenario.expected}</dd>
    <dt>${scenario.advises === true ? 'Advice' : 'Came out'}</dt>
    <dd>${outcome(scenario)} ${verdict(scenario)}</dd>
  </dl>`;
}

const summaryItem = (scenario: LabScenarioResult, index: number): Html =>
  html`<li>
    <a href="#${anchor(index)}"><strong>${scenario.title}</strong></a
    >${claims(scenario)}
  </li>`;

function summary(result: LabResult, lookOf: (rival: string) => Look): Html {
  const { scenarios } = result;
  if (scenarios.length === 0) return html`<p>No scenario ran.</p>`;
  return html`<section aria-labelledby="summary">
    <h2 id="summary">Summary</h2>
    ${shortNames(result, lookOf)}
    <ol class="summary">
      ${scenarios.map(summaryItem)}
    </ol>
  </section>`;
}

function skippedList(skipped: Readonly<Record<string, string>>): Html | null {
  const entries = Object.entries(skipped);
  if (entries.length === 0) return null;
  return html`<div class="skipped">
    <h3>Did not run</h3>
    <ul>
      ${entries.map(([name, reason]) => html`<li><strong>${name}</strong>: ${reason}</li>`)}
    </ul>
  </div>`;
}

function section(result: LabResult, index: number, lookOf: (rival: string) => Look): Html {
  const scenario = result.scenarios[index];
  if (scenario === undefined) return html``;
  const cells = cellsOf(result.rivals, scenario);
  return html`<section class="scenario" id="${anchor(index)}">
    <h2>${scenario.title}</h2>
    <p class="question">${scenario.question}</p>
    ${claims(scenario)} ${voidingList(scenario.warnings)} ${figuresOf(scenario, cells, lookOf)}
    ${tablesOf(scenario, cells, lookOf)} ${doubtList(scenario.warnings)} ${skippedList(scenario.skipped)}
  </section> `;
}

function voidFirst({ scenarios }: LabResult): Html | null {
  const all = scenarios.flatMap(({ title, warnings }) =>
    warnings.map((warning) => ({ ...warning, detail: `${title}: ${warning.detail}` })),
  );
  return voidingList(all);
}

export function reportPage(result: LabResult): string {
  const lookOf = looksOf(result);
  const title = `Accept balancing, ${moment(result.startedAt)}`;
  return page(
    title,
    html`<header>
        <h1>Accept balancing on this machine</h1>
        <p>
          Ways of sharing one port between processes, put to the same questions. What should come out was written before
          it ran; whether it did is said beside it.
        </p>
        ${factList(runFacts(result))} ${voidFirst(result)}
      </header>
      <main>${summary(result, lookOf)} ${result.scenarios.map((_, index) => section(result, index, lookOf))}</main>
      <footer>
        <p>
          Every figure is from this machine, with client and servers on it; rivals are sorted by the figure, whoever
          wins. Each round measures all rivals, in an order that alternates.
        </p>
        ${rivalList(result, lookOf)}
      </footer>`,
  ).text;
}
