import { inProject } from '../paths.js';
import { startService } from '../promises/service.js';
import { FuzzClient, type FuzzTally, newTally } from './fuzz-client.js';
import { Random } from './random.js';

export interface FuzzOptions {
  /** Runs the command. */
  node: string;
  seed: number;
  clients: number;
  /** Ends when so many connections have been handed over. */
  moves: number;
}

export interface FuzzFigures {
  tally: FuzzTally;
  /** As the master counts them. */
  moves: number;
  reloads: number;
  scalings: number;
  seconds: number;
  /** The end of what the service has printed, for when something went wrong. */
  output: string;
}

export const echoProgram = inProject('test', 'fixtures', 'handover-echo.cjs');

/** Clients at random against a service that is reloaded and scaled until enough connections have moved. */
export async function fuzz({ node, seed, clients: count, moves: wanted }: FuzzOptions): Promise<FuzzFigures> {
  const service = await startService(2, [], { node, program: echoProgram });
  const tally = newTally();
  const began = performance.now();
  try {
    const stop = new AbortController();
    const clients = Array.from({ length: count }, (_, index) => {
      return new FuzzClient(service.port, `c${index}`, new Random(seed + index), tally).run(stop.signal);
    });
    const random = new Random(seed);
    let [moves, reloads, scalings, workers] = [0, 0, 0, 2];
    while (moves < wanted && tally.wrong.length + tally.cut.length === 0) {
      if (random.chance(60)) {
        await service.command('reload');
        reloads += 1;
      } else {
        workers = workers === 1 ? random.between(2, 3) : random.between(1, workers - 1);
        await service.command('scale', String(workers));
        scalings += 1;
      }
      moves = (await service.status()).counters.handedOver;
    }
    stop.abort();
    await Promise.all(clients);
    const seconds = (performance.now() - began) / 1000;
    return { tally, moves, reloads, scalings, seconds, output: service.server.output };
  } finally {
    await service.stop();
  }
}
