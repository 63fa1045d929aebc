/** As long as a step of any subject may take. */
export const STEP_MS = 60_000;

/** Gives what `step` gives. @throws Error with the name of the step when it fails or takes too long. */
export async function within<T>(name: string, step: () => Promise<T>, limitMs: number = STEP_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([overdue, step()]);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
