/** What `ps` shows of our processes. */

export const masterTitle = (name: string) => `reuseport: master ${name}`;

/** A worker without a slot is a spare. */
export function workerTitle(slot: number | undefined, generation: number, name: string): string {
  return `reuseport: ${slot === undefined ? 'spare' : `worker ${slot}`} gen ${generation} ${name}`;
}

/** Has somebody chosen a title already: by `--title`, or in a module that is preloaded. */
export function hasOwnTitle(): boolean {
  return process.title !== process.argv0;
}
