/** Reasons to distrust what a benchmark says: how each one is noticed, and what to do about it. */
import { groupBy } from '../report/group-by.js';
import { cellDoubts } from './doubts-of-cells.js';
import { runDoubts } from './doubts-of-runs.js';
import type { RunFacts, Witness } from './facts.js';
import type { LabWarning } from './result.js';

export type { Pinning, RunFacts, Witness } from './facts.js';

export type WarningReason = keyof typeof cellDoubts | keyof typeof runDoubts;

interface Meaning {
  remedy: string;
  /** The figures say something else than they seem to; the other reasons only make them less certain. */
  voids?: boolean;
}

const meanings: Readonly<Record<string, Meaning>> = { ...runDoubts, ...cellDoubts };

/** By word, since a result that is read may be of another version: an unknown reason voids nothing. */
export function isVoiding({ reason }: Pick<LabWarning, 'reason'>): boolean {
  return meanings[reason]?.voids === true;
}

/** What one rival in one variant is called in a warning. */
const cellName = ({ variant, rival }: Witness): string => (variant === '' ? rival : `${variant}, ${rival}`);

/** Pure. Reasons of the whole run come first, then those of each rival in each variant, as the samples come. */
export function warningsOf(samples: readonly Witness[], facts: RunFacts): LabWarning[] {
  if (samples.length === 0) return [];
  const ofRun = Object.entries(runDoubts).flatMap(([reason, { remedy, find }]) =>
    find(samples, facts).map((detail): LabWarning => ({ reason, detail, remedy })),
  );
  const ofCells = [...groupBy(samples, cellName)].flatMap(([cell, group]) =>
    Object.entries(cellDoubts).flatMap(([reason, { remedy, find }]) => {
      const detail = find(group, facts);
      return detail === undefined ? [] : [{ reason, detail: `${cell}: ${detail}`, remedy }];
    }),
  );
  return [...ofRun, ...ofCells];
}

/** Grouped by reason, the remedy once. */
export function renderWarnings(warnings: readonly LabWarning[]): string {
  return [...groupBy(warnings, ({ reason }) => reason)]
    .map(([reason, group]) =>
      [`warning ${reason}: ${group[0]?.remedy ?? ''}`, ...group.map(({ detail }) => `  ${detail}`)].join('\n'),
    )
    .join('\n');
}
