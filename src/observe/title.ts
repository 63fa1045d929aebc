/** What `ps` shows of our processes. */

export const masterTitle = (name: string) => `reuseport: master ${name}`;

/** A worker without a slot is a spare. `slot` is the first where it has several threads. */
export function workerTitle(slot: number | undefined, threads: number, generation: number, name: string): string {
  const slots = slot === undefined || threads === 1 ? slot : `${slot}-${slot + threads - 1}`;
  return `reuseport: ${slots === undefined ? 'spare' : `worker ${slots}`} gen ${generation} ${name}`;
}

/** Has somebody chosen a title already: by `--title`, or in a module that is preloaded. */
export function hasOwnTitle(): boolean {
  return process.title !== process.argv0;
}
