/** Loops whose connections are of constant weight, under the decision and the picking of the real thing. */
import { type Experiences, judge, type Load, type Move, moved } from '../../src/supervisor/imbalance.js';
import { pickConnections } from '../../src/worker/handover/pick.js';

const LOOK_MS = 250;

export class SimulatedLoops {
  /** The weights of each loop's connections: parts of a loop that they would use. */
  readonly loops: number[][];
  /** Loops that may get nothing. */
  readonly closed = new Set<number>();
  nowMs = 0;
  /** Connections that have moved. */
  moves = 0;
  #experiences: Experiences = new Map();

  constructor(loops: readonly (readonly number[])[]) {
    this.loops = loops.map((loop) => [...loop]);
  }

  /** What each loop would have to do, were it fast enough. */
  get sums(): number[] {
    return this.loops.map((loop) => loop.reduce((sum, weight) => sum + weight, 0));
  }

  /** Readings, one after the other; moves take effect at once. `noise`: added to a reading. */
  look(times: number, noise: () => number = () => 0): void {
    for (let time = 0; time < times; time += 1) {
      this.nowMs += LOOK_MS;
      const { experiences, moves } = judge(this.#experiences, this.#loads(noise), this.nowMs);
      this.#experiences = experiences;
      for (const move of moves) this.#experiences = moved(experiences, move, this.#carryOut(move), this.nowMs);
    }
  }

  #loads(noise: () => number): Load[] {
    return this.sums.map((sum, slot) => ({
      slot,
      worker: slot + 1,
      demand: Math.max(0, Math.min(1, sum + noise())),
      openConnections: this.loops[slot]?.length ?? 0,
      takes: !this.closed.has(slot),
    }));
  }

  #carryOut({ slot, receivers }: Move): number {
    const giver = this.loops[slot] ?? [];
    const counted = giver.map((requests, connection) => ({ connection, requests, canGo: true }));
    const picked = pickConnections(
      counted.filter(({ requests }) => requests > 0),
      receivers.map(({ part }) => part),
    );
    for (const [index, connections] of picked.entries()) {
      const receiver = receivers[index];
      if (receiver !== undefined) {
        this.loops[receiver.slot]?.push(...connections.map((connection) => giver[connection] ?? 0));
      }
    }
    const gone = new Set(picked.flat());
    this.loops[slot] = giver.filter((_, connection) => !gone.has(connection));
    this.moves += gone.size;
    return gone.size;
  }
}
