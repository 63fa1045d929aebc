/** One look for each rival through the whole report: a colour, and a mark and a dash for those who see no colours. */
import type { LabResult, LabRival } from '../result.js';

export interface Look {
  /** A CSS variable of the page, which has another value in the dark. */
  colour: string;
  symbol: 'circle' | 'rect' | 'triangle' | 'diamond' | 'roundRect' | 'arrow';
  dash: 'solid' | 'dashed' | 'dotted';
}

export const ink = 'var(--ink)';
export const faint = 'var(--faint)';
export const paper = 'var(--paper)';
export const grid = 'var(--grid)';

/** How many colours the style sheet has for each family. Ours are blues, limits greys, the others everything else. */
const colours = { ours: 4, rival: 6, limit: 2 } as const;
const symbols = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'arrow'] as const;
const dashes = ['solid', 'dashed', 'dotted'] as const;

const cyclic = <T>(values: readonly [T, ...T[]], index: number): T => values[index % values.length] ?? values[0];

/** `index` counts the rivals of the family, in the order of the result. */
function lookOf(family: LabRival['family'], index: number): Look {
  const count = colours[family];
  const again = Math.floor(index / count);
  const shift = { ours: 0, rival: 1, limit: 3 }[family];
  return {
    colour: `var(--${family}-${(index % count) + 1})`,
    symbol: cyclic(symbols, index + shift),
    dash: cyclic(dashes, again + (family === 'limit' ? 2 : 0)),
  };
}

/** Rivals that have samples and are not in the list come after it. */
export function looksOf({ rivals, scenarios }: Pick<LabResult, 'rivals' | 'scenarios'>): (rival: string) => Look {
  const looks = new Map<string, Look>();
  const counts = { ours: 0, rival: 0, limit: 0 };
  const add = (name: string, family: LabRival['family']): void => {
    if (looks.has(name)) return;
    looks.set(name, lookOf(family, counts[family]));
    counts[family] += 1;
  };
  for (const { name, family } of rivals) add(name, family);
  for (const { samples } of scenarios) for (const { rival } of samples) add(rival, 'rival');
  return (rival) => looks.get(rival) ?? lookOf('rival', 0);
}
