/** Where things are in the picture: the kernel at the left, as high as all rows; loops in rows, a line to each. Pure. */

export interface Layout {
  width: number;
  height: number;
  kernelWidth: number;
  /** The tiles are small: names and figures are short. */
  isCompact: boolean;
  columns: number;
  tileWidth: number;
  tileHeight: number;
  /** Between rows, where the lines run. */
  rowGap: number;
  /** Left upper corner of each. */
  tiles: readonly { x: number; y: number }[];
}

/** More are drawn as small tiles, so that all can be seen at once. */
const MOST_LARGE = 12;
/** So many stand below each other: the line to each is straight. */
const MOST_IN_ONE_COLUMN = 6;
const GAP = 14;
const LARGE = { least: 240, most: 900, height: 66, rowGap: 14, columns: 2 };
const COMPACT = { least: 106, most: 190, height: 42, rowGap: 20, columns: 8 };
/** From the kernel to the first column. */
const REACH = { narrow: 24, compact: 70, wide: 200 };
const KERNEL = { narrow: 62, wide: 150 };
const NARROW = 560;

export function layoutOf(loops: number, width: number): Layout {
  const isCompact = loops > MOST_LARGE;
  const isNarrow = width < NARROW;
  const size = isCompact ? COMPACT : LARGE;
  const { height, rowGap } = size;
  const kernelWidth = isNarrow ? KERNEL.narrow : KERNEL.wide;
  const room = width - kernelWidth - (isNarrow ? REACH.narrow : REACH.compact);
  const mostColumns = loops <= MOST_IN_ONE_COLUMN ? 1 : size.columns;
  const columns = Math.max(1, Math.min(Math.floor((room + GAP) / (size.least + GAP)), mostColumns));
  const reach = isNarrow ? REACH.narrow : columns === 1 ? REACH.wide : REACH.compact;
  const left = kernelWidth + reach;
  const tileWidth = Math.max(1, Math.min(size.most, (width - left - 1 - GAP * (columns - 1)) / columns));
  const rows = Math.max(1, Math.ceil(loops / columns));
  const tiles = Array.from({ length: loops }, (_, index) => {
    return {
      x: left + (index % columns) * (tileWidth + GAP),
      y: rowGap + Math.floor(index / columns) * (height + rowGap),
    };
  });
  const total = Math.max(rowGap + rows * (height + rowGap), isNarrow ? 150 : 190);
  return { width, height: total, kernelWidth, isCompact, columns, tileWidth, tileHeight: height, rowGap, tiles };
}

/**
 * The path of the line to a tile: straight into its side; with several columns along a lane of its own in the gap above the
 * row, and down into the tile. Lanes of what is nearer are lower, so that no two lines cross.
 */
export function lineTo({ kernelWidth, columns, tileHeight, rowGap, tiles, tileWidth }: Layout, index: number): string {
  const tile = tiles[index];
  if (tile === undefined) return '';
  if (columns === 1) return `M${kernelWidth} ${tile.y + tileHeight / 2}H${tile.x}`;
  const lane = tile.y - (rowGap * ((index % columns) + 1)) / (columns + 1);
  return `M${kernelWidth} ${lane.toFixed(1)}H${(tile.x + Math.min(20, tileWidth / 6)).toFixed(1)}V${tile.y}`;
}

/** Which of so many in rows is reached by a key; undefined: it is none that moves. */
export function moved(key: string, from: number, loops: number, columns: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
  };
  if (key === 'Home') return 0;
  if (key === 'End') return loops - 1;
  const step = steps[key];
  if (step === undefined) return undefined;
  const to = from + step;
  return to < 0 || to >= loops ? from : to;
}
