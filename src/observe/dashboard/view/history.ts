/** The last minutes of the figures that are drawn over time, as columns. Pure but for what it holds. */
import { MAX_SLOTS } from '../../../supervisor/state.js';
import type { Sample } from './sample.js';

export const KEPT_SECONDS = 300;

/** null: there is nothing to draw there. */
export type Column = (number | null)[];

export interface SlotColumns {
  accepted: Column;
  /** Percent. */
  loop: Column;
  queued: Column;
}

export class History {
  /** Unix time in seconds. */
  readonly seconds: number[] = [];
  readonly slots: readonly SlotColumns[] = Array.from({ length: MAX_SLOTS }, () => {
    return { accepted: [], loop: [], queued: [] };
  });
  /** Slots there have been, the largest and one. */
  width = 0;

  add({ snapshot, slots }: Sample): void {
    this.#append(snapshot.atMs / 1_000, (slot) => {
      const now = slots.find((each) => each.slot === slot);
      if (now === undefined) return { accepted: null, loop: null, queued: null };
      const loop = now.busyShare === null ? null : now.busyShare * 100;
      return { accepted: now.acceptedRate, loop, queued: now.queued };
    });
    this.width = Math.max(this.width, ...slots.map(({ slot }) => slot + 1));
    this.#forget();
  }

  /** Nothing is known of the time from here on until the next sample: lines end. */
  break(): void {
    const last = this.seconds.at(-1);
    if (last !== undefined) this.#append(last + 1e-3, () => ({ accepted: null, loop: null, queued: null }));
  }

  #append(seconds: number, values: (slot: number) => Record<keyof SlotColumns, number | null>): void {
    this.seconds.push(seconds);
    this.slots.forEach((columns, slot) => {
      const { accepted, loop, queued } = values(slot);
      columns.accepted.push(accepted);
      columns.loop.push(loop);
      columns.queued.push(queued);
    });
  }

  #forget(): void {
    const from = (this.seconds.at(-1) ?? 0) - KEPT_SECONDS;
    const old = this.seconds.findIndex((second) => second >= from);
    if (old <= 0) return;
    this.seconds.splice(0, old);
    for (const { accepted, loop, queued } of this.slots)
      for (const column of [accepted, loop, queued]) column.splice(0, old);
  }
}
