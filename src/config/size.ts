/** Sizes as people write them: a whole number of bytes, or of `k`, `m`, `g` (powers of 1024, either case). */

const UNIT_BYTES = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 } as const;
type Unit = keyof typeof UNIT_BYTES;

/** Bytes; undefined when the text is not a size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+)([kmg]?)$/.exec(text.toLowerCase());
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (match[2] ? UNIT_BYTES[match[2] as Unit] : 1);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest exact text of a whole number of bytes: 65536 is `64k`. `parseSize` reads it back. */
export function formatSize(bytes: number): string {
  const unit = (['g', 'm', 'k'] as const).find((each) => bytes >= UNIT_BYTES[each] && bytes % UNIT_BYTES[each] === 0);
  return unit === undefined ? String(bytes) : `${bytes / UNIT_BYTES[unit]}${unit}`;
}
