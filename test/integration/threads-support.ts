import { get } from '../helpers/http.js';
import type { Service } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

export const THREADS = ['--threads', '2', 'threads.mjs'];

export interface Loop {
  slot: number;
  pid: number;
  thread: number;
  generation: number;
}

/** Which loop has answered. */
export function parseLoop(body: string): Loop {
  const [slot = NaN, pid = NaN, thread = NaN, generation = NaN] = body.split(':').map(Number);
  return { slot, pid, thread, generation };
}

/** Loops that answer, by slot, when so many have. */
export async function loopsThatAnswer(port: number, count: number): Promise<Loop[]> {
  const loops = new Map<number, Loop>();
  await waitFor(
    `${count} loops to answer`,
    async () => {
      const loop = parseLoop((await get(port)).body);
      loops.set(loop.slot, loop);
      return loops.size >= count;
    },
    { state: () => [...loops.values()] },
  );
  return [...loops.values()].toSorted((a, b) => a.slot - b.slot);
}

/** Asks until a loop of that thread has done it; resolves with its answer, null where there is none. */
export async function inThread(port: number, thread: number, deed: string): Promise<string | null> {
  return waitFor(`thread ${thread} to ${deed}`, async () => {
    try {
      const { headers, body } = await get(port, `/do/${deed}?thread=${thread}`);
      return headers['x-done'] === deed ? body : undefined;
    } catch {
      return null;
    }
  });
}

export async function rows(service: Service) {
  const { workers } = await service.status();
  return workers.map(({ slot, thread, generation, state }) => [slot, thread, generation, state]);
}
