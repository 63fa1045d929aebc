import type { Interval } from '../../../report/bootstrap.js';
import { figure } from '../text.js';
import type { Difference, Judgement } from './compare.js';

/** In plain words. */
export const judgementText: Readonly<Record<Judgement, string>> = {
  better: 'better',
  worse: 'worse',
  other: 'different',
  'no difference': 'no difference that the spread allows to see',
  'too few rounds': 'too few rounds to say',
};

/** With its sign, a true minus. */
const signed = (value: number, text: (size: number) => string): string =>
  `${value < 0 ? '−' : value > 0 ? '+' : '±'}${text(Math.abs(value))}`;

const percentText = (share: number): string => `${Math.round(share * 1_000) / 10} %`;

export function changeText({ change, relative }: Difference): string {
  return relative === null ? signed(change, figure) : signed(relative.change, percentText);
}

const between = ({ low, high }: Interval, text: (size: number) => string): string =>
  `${signed(low, text)} to ${signed(high, text)}`;

/** Of the change, in the same measure. */
export function changeInterval({ interval, relative }: Difference): string {
  return relative === null ? between(interval, figure) : between(relative.interval, percentText);
}
