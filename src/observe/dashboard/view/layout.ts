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
  /** Left upper corner of each. */
  tiles: readonly { x: number; y: number }[];
}

/** More are drawn as small tiles, so that all can be seen at once. */
const MOST_LARGE = 12;
const GAP = 14;
/** Between rows, where the line to the tiles of a row runs. */
const ROW_GAP = 14;
const LARGE = { least: 240, most: 420, height: 66 };
const COMPACT = { least: 112, most: 190, height: 42 };
/** From the kernel to the first column. */
const REACH = { narrow: 34, wide: 90 };
const NARROW = 560;

export function layoutOf(loops: number, width: number): Layout {
  const isCompact = loops > MOST_LARGE;
  const isNarrow = width < NARROW;
  const { least, most, height } = isCompact ? COMPACT : LARGE;
  const kernelWidth = isNarrow ? 64 : 150;
  const left = kernelWidth + (isNarrow ? REACH.narrow : REACH.wide);
  const room = Math.max(least, width - left);
  const columns = Math.max(1, Math.min(Math.floor((room + GAP) / (least + GAP)), isCompact ? 8 : 2, loops));
  const tileWidth = Math.min(most, (room - GAP * (columns - 1)) / columns);
  const rows = Math.max(1, Math.ceil(loops / columns));
  const tiles = Array.from({ length: loops }, (_, index) => {
    return {
      x: left + (index % columns) * (tileWidth + GAP),
      y: ROW_GAP + Math.floor(index / columns) * (height + ROW_GAP),
    };
  });
  const total = Math.max(ROW_GAP + rows * (height + ROW_GAP), isNarrow ? 150 : 170);
  return { width, height: total, kernelWidth, isCompact, columns, tileWidth, tileHeight: height, tiles };
}

/** The path of the line to a tile: along the gap above its row, then down into it. With one column straight into its side. */
export function lineTo({ kernelWidth, columns, tileHeight, tiles, tileWidth }: Layout, index: number): string {
  const tile = tiles[index];
  if (tile === undefined) return '';
  if (columns === 1) return `M${kernelWidth} ${tile.y + tileHeight / 2}H${tile.x}`;
  const lane = tile.y - ROW_GAP / 2;
  return `M${kernelWidth} ${lane}H${Math.round(tile.x + Math.min(20, tileWidth / 6))}V${tile.y}`;
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
