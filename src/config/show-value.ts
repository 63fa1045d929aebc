/** Values and paths to them, as messages show them. */

const LONGEST_SHOWN = 60;

/** A value as it would stand in a JSON file, cut where it gets long; what JSON cannot hold, by its own name. */
export function showValue(value: unknown): string {
  let text: string;
  try {
    text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  } catch {
    // A cycle, or a bigint.
    text = typeof value;
  }
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

/** What is found in a value by following keys; undefined when a step leads nowhere. */
export function valueAt(value: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

/** `nodeArg[1]`, `env.HOME`. */
export function showKeys(keys: readonly PropertyKey[]): string {
  return keys
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}
