/** Numbers and bars in few columns. Pure. */

const UNITS = ['', 'k', 'M', 'G', 'T'] as const;

/** At most five columns: 0, 7.5, 980, 12.4k, 3.1M. */
export function shortNumber(value: number | null): string {
  if (value === null) return '-';
  let scaled = value;
  let unit = 0;
  while (scaled >= 999.5 && unit < UNITS.length - 1) {
    scaled /= 1_000;
    unit += 1;
  }
  const digits =
    scaled < 99.95 && !Number.isInteger(scaled) ? scaled.toFixed(1).replace(/\.0$/, '') : scaled.toFixed(0);
  return `${digits}${UNITS[unit]}`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** The two largest units: 45s, 3m12s, 2h05m, 6d03h. */
export function shortDuration(ms: number | null): string {
  if (ms === null) return '-';
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h${two(Math.floor(seconds / 60) % 60)}m`;
  return `${Math.floor(seconds / 86_400)}d${two(Math.floor(seconds / 3_600) % 24)}h`;
}

/** `share` is 0 to 1; eighths of a column where the terminal is known to have them. */
export function bar(share: number, columns: number, isUnicode: boolean): string {
  const filled = Math.min(1, Math.max(0, share)) * columns;
  if (!isUnicode) return '#'.repeat(Math.round(filled)).padEnd(columns, '.');
  const eighths = Math.round(filled * 8);
  const rest = eighths % 8 === 0 ? '' : String.fromCodePoint(0x2590 - (eighths % 8));
  return ('█'.repeat(Math.floor(eighths / 8)) + rest).padEnd(columns, '░');
}
