import { faint, grid, ink } from '../looks.js';

const text = { color: faint, fontSize: 12 };
const noLine = { show: false };

export const valueAxis = {
  type: 'value',
  axisLine: noLine,
  axisTick: noLine,
  axisLabel: { ...text, hideOverlap: true },
  splitLine: { lineStyle: { color: grid, width: 1 } },
} as const;

/** Short strokes at given places, where labels stand. */
export const ticksAt = (customValues: readonly number[]) =>
  ({ show: true, customValues, lineStyle: { color: faint } }) as const;

export const categoryAxis = {
  type: 'category',
  axisLine: noLine,
  axisTick: noLine,
  axisLabel: { ...text, color: ink },
  splitLine: noLine,
} as const;

/** The name of an axis along it: below a horizontal one, above the end of a vertical one. */
export const named = (name: string, gap = 26) =>
  ({ name, nameLocation: 'middle', nameGap: gap, nameTextStyle: text }) as const;
export const namedAbove = (name: string) =>
  ({ name, nameLocation: 'end', nameGap: 10, nameTextStyle: { ...text, align: 'left' } }) as const;

/** Whole decades around values above 0. */
export function decadesAround(values: readonly number[]): { min: number; max: number } {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return { min: 0.1, max: 1 };
  const min = 10 ** Math.floor(Math.log10(Math.min(...positive)));
  return { min, max: Math.max(min * 10, 10 ** Math.ceil(Math.log10(Math.max(...positive)))) };
}

/** About how wide a label is at most, in pixels: the drawing is made where there are no fonts. */
export const textWidth = (label: string): number => label.length * 7.3;
