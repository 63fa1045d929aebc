/** Two or more runs side by side, as a page. */
import { groupBy } from '../../../report/group-by.js';
import type { Estimate } from '../../../report/bootstrap.js';
import type { LabResult, LabWarning } from '../../result.js';
import { differenceFigure } from '../charts/differences.js';
import { html } from '../html.js';
import type { Html } from '../html.js';
import { page } from '../page.js';
import { factList, runFacts } from '../run-facts.js';
import { figure, metricTitle, range } from '../text.js';
import { doubtList, voidingList } from '../warning-list.js';
import type { ComparedCell, ComparedScenario, Difference, Judgement } from './compare.js';
import { changeInterval, changeText, judgementText } from './words.js';

const tone: Readonly<Record<Judgement, string>> = {
  better: 'yes',
  worse: 'no',
  other: 'open',
  'no difference': '',
  'too few rounds': 'open',
};
const sign: Readonly<Record<Judgement, string>> = {
  better: '✓ ',
  worse: '✗ ',
  other: '',
  'no difference': '',
  'too few rounds': '? ',
};

function figureCell(found: Estimate | null): Html {
  if (found === null) return html`<td>–</td>`;
  const spread = found.min === found.max ? null : html`<small>${range({ low: found.min, high: found.max })}</small>`;
  return html`<td><b>${figure(found.median)}</b>${spread}</td>`;
}

function differenceCells(difference: Difference | null): Html {
  if (difference === null)
    return html`<td>–</td>
      <td class="text"></td>`;
  const { judgement } = difference;
  return html`<td><b>${changeText(difference)}</b><small>${changeInterval(difference)}</small></td>
    <td class="text"><span class="${tone[judgement]}">${sign[judgement]}${judgementText[judgement]}</span></td>`;
}

function tableOf(cells: readonly ComparedCell[], names: readonly string[]): Html {
  const [first] = cells;
  if (first === undefined) return html``;
  const caption = [first.variant, metricTitle(first.metric)].filter(Boolean).join(': ');
  const [base, ...others] = names;
  return html`<h3>${caption}</h3>
    ${differenceFigure(cells, names)}
    <div class="scroll" tabindex="0" role="region" aria-label="${caption}">
      <table>
        <thead>
          <tr>
            <th scope="col">rival</th>
            ${names.map((name) => html`<th scope="col">${name}</th>`)}${others.map(
              (name) =>
                html`<th scope="col">${others.length === 1 ? 'change' : `${name} against ${base ?? ''}`}</th>
                  <th scope="col"></th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${cells.map(
            ({ title, figures, differences }) =>
              html`<tr>
                <th scope="row">${title}</th>
                ${figures.map(figureCell)}${differences.map(differenceCells)}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>`;
}

function section({ title, question, cells, missingIn }: ComparedScenario, names: readonly string[]): Html {
  const groups = [...groupBy(cells, ({ variant, metric }) => `${variant}\0${metric.key}`).values()];
  return html`<section class="scenario">
    <h2>${title}</h2>
    <p class="question">${question}</p>
    ${missingIn.map((run) => html`<p class="skipped">Not in ${names[run] ?? ''}.</p>`)}
    ${groups.map((group) => tableOf(group, names))}
  </section> `;
}

function inShort(scenarios: readonly ComparedScenario[]): Html {
  const all = scenarios.flatMap(({ cells }) => cells.flatMap(({ differences }) => differences));
  const count = (judgement: Judgement): number =>
    all.filter((difference) => difference?.judgement === judgement).length;
  const lines = (Object.keys(judgementText) as Judgement[])
    .filter((judgement) => count(judgement) > 0)
    .map((judgement) => html`<li><strong>${count(judgement)}</strong> ${judgementText[judgement]}</li>`);
  return html`<h2>In short</h2>
    <p>Of ${all.length} figures that were compared with those of the first run:</p>
    <ul>
      ${lines}
    </ul>`;
}

export function comparisonPage(
  results: readonly LabResult[],
  scenarios: readonly ComparedScenario[],
  warnings: readonly LabWarning[],
  names: readonly string[],
): string {
  const own = results.flatMap(({ scenarios }, run) =>
    scenarios.flatMap(({ title, warnings }) =>
      warnings.map((warning) => ({ ...warning, detail: `${names[run]}, ${title}: ${warning.detail}` })),
    ),
  );
  return page(
    `Comparison of ${names.join(', ')}`,
    html`<header>
        <h1>${results.length} runs compared</h1>
        ${doubtList(warnings)}${voidingList(own)} ${inShort(scenarios)}
        <p class="how">
          A difference is one when its 95 % interval, made by bootstrap from the rounds of both runs, does not contain
          0. Of twenty comparisons without any difference one looks like one by chance.
        </p>
      </header>
      <main>${scenarios.map((scenario) => section(scenario, names))}</main>
      <footer>
        ${results.map(
          (result, run) =>
            html`<h3>${names[run] ?? ''}</h3>
              ${factList(runFacts(result))}`,
        )}
        ${doubtList(own)}
      </footer>`,
  ).text;
}
