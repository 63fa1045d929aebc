import { closeSync, openSync, readdirSync } from 'node:fs';

/** Opens descriptors until none is left but `free`, runs `action`, and gives its result and what it leaked. */
export async function withFreeDescriptors<T>(
  free: number,
  action: () => T | Promise<T>,
): Promise<{ value: T; leaked: number }> {
  const before = countDescriptors();
  const fillers: number[] = [];
  try {
    for (;;) fillers.push(openSync('/dev/null', 'r'));
  } catch {
    // The limit is reached.
  }
  for (let i = 0; i < free; i++) closeSync(fillers.pop() ?? -1);
  const value = await action();
  for (const fd of fillers) closeSync(fd);
  return { value, leaked: countDescriptors() - before };
}

function countDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

export function brief(error: unknown): Record<string, unknown> {
  const { code, errno, syscall } = error as Record<string, unknown>;
  return { code, errno, syscall };
}
