/** Who took part: in words, and by the short names that sentences use. */
import type { LabResult, LabRival } from '../result.js';
import { html } from './html.js';
import type { Html } from './html.js';
import type { Look } from './looks.js';

const swatch = (colour: string): Html => html`<span class="swatch" style="background:${colour}"></span>`;

/** As a word of its own: `idle` is not said in `idle@rescue-after=0ms`. */
function isSaidIn(text: string, name: string): boolean {
  const literal = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`(?<![\\w@:=-])${literal}(?![\\w@:=-])`).test(text);
}

/** The rivals that sentences of the summary name, where the name is not said in words already. */
export function namedInFindings({ rivals, scenarios }: Pick<LabResult, 'rivals' | 'scenarios'>): LabRival[] {
  const text = scenarios.map(({ finding }) => finding ?? '').join('\n');
  return rivals.filter(({ name, title }) => name !== title && isSaidIn(text, name));
}

export function shortNames(result: LabResult, lookOf: (rival: string) => Look): Html | null {
  const named = namedInFindings(result);
  if (named.length === 0) return null;
  return html`<p class="how">Short names in these sentences:</p>
    <dl class="facts names">
      ${named.map(
        ({ name, title }) =>
          html`<dt>${swatch(lookOf(name).colour)}${name}</dt>
            <dd>${title}</dd>`,
      )}
    </dl>`;
}

export function rivalList({ rivals }: LabResult, lookOf: (rival: string) => Look): Html | null {
  if (rivals.length === 0) return null;
  const family = { ours: 'this project', rival: 'rival', limit: 'limit: what is possible here' } as const;
  return html`<h3>Rivals</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Rivals">
      <table>
        <thead>
          <tr>
            <th scope="col">rival</th>
            <th scope="col">short name</th>
            <th scope="col">run by</th>
            <th scope="col"></th>
          </tr>
        </thead>
        <tbody>
          ${rivals.map(
            (rival) =>
              html`<tr>
                <th scope="row">${swatch(lookOf(rival.name).colour)}${rival.title}</th>
                <td>${rival.name}</td>
                <td>${rival.runtime ?? ''}</td>
                <td>${family[rival.family]}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
