/** Something read from the machine, or why it could not be: a container may hide any file of /proc and /sys. */
export type Reading<T> = { known: true; value: T } | { known: false; why: string };

export function known<T>(value: T): Reading<T> {
  return { known: true, value };
}

export function unknown(why: string): { known: false; why: string } {
  return { known: false, why };
}
