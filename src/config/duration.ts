/** Durations as people write them: a whole number and a unit, `500ms`, `10s`, `2m`, `1h`. */

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
type Unit = keyof typeof UNIT_MS;

/** The longest timer of Node: past it, setTimeout fires after one millisecond. Just over 596 hours. */
export const LONGEST_DURATION_MS = 2 ** 31 - 1;

/** Milliseconds; undefined when the text is not a duration, and for a bare number, whose unit nobody can know. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text);
  if (match === null) return undefined;
  const durationMs = Number(match[1]) * UNIT_MS[match[2] as Unit];
  return Number.isSafeInteger(durationMs) ? durationMs : undefined;
}

/** The shortest exact text of whole milliseconds: 120000 is `2m`, 90000 is `90s`. `parseDuration` reads it back. */
export function formatDuration(durationMs: number): string {
  const unit = (['h', 'm', 's'] as const).find(
    (each) => durationMs >= UNIT_MS[each] && durationMs % UNIT_MS[each] === 0,
  );
  return unit === undefined ? `${durationMs}ms` : `${durationMs / UNIT_MS[unit]}${unit}`;
}
