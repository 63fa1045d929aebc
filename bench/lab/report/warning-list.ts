import { groupBy } from '../../report/group-by.js';
import type { LabWarning } from '../result.js';
import { isVoiding } from '../warnings.js';
import { html } from './html.js';
import type { Html } from './html.js';

/** More of one reason are counted only. */
const DETAILS_SHOWN = 6;

function group(warnings: readonly LabWarning[]): Html[] {
  return [...groupBy(warnings, ({ reason }) => reason)].map(([reason, group]) => {
    const more = group.length - DETAILS_SHOWN;
    return html`<p><strong>${reason}</strong> – ${group[0]?.remedy ?? ''}</p>
      <ul>
        ${group.slice(0, DETAILS_SHOWN).map(({ detail }) => html`<li>${detail}</li>`)}${
          more > 0 ? html`<li>and ${more} more like these</li>` : null
        }
      </ul>`;
  });
}

function box(title: string, warnings: readonly LabWarning[], voids: boolean): Html | null {
  if (warnings.length === 0) return null;
  return html`<aside class="warnings${voids ? ' void' : ''}">
    <h3>${title}</h3>
    ${group(warnings)}
  </aside>`;
}

/** What makes figures say something else than they seem to. */
export const voidingList = (warnings: readonly LabWarning[]): Html | null =>
  box('⚠ Figures here do not mean what they seem to', warnings.filter(isVoiding), true);

/** What makes figures less certain. */
export const doubtList = (warnings: readonly LabWarning[]): Html | null =>
  box(
    'Reasons to doubt',
    warnings.filter((warning) => !isVoiding(warning)),
    false,
  );
