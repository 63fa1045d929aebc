/** Waits for `condition` to return something but undefined or false; fails with the last state after `deadlineMs`. */
export async function waitFor<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  options: { deadlineMs?: number; state?: () => unknown } = {},
): Promise<T> {
  const { deadlineMs = 20_000, state } = options;
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) {
      throw new Error(`waited ${deadlineMs} ms for ${what}; last state: ${JSON.stringify(state?.() ?? null, null, 1)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
