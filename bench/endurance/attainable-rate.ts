import { OpenLoop } from './open-loop.js';
import { Ours } from './ours.js';
import { setTimeout as delay } from 'node:timers/promises';

const TRY_MS = 2_000;
/** What is behind by more than a tenth falls ever further behind. */
const ENOUGH = 0.9;
const LATE_MS = 20;

/** The rate, or the half of it, or the half of that, which this machine keeps up with while nothing happens. */
export async function attainableRate(wanted: number, workers: number): Promise<number> {
  const ours = await Ours.start({ workers, options: [], wsModule: undefined }, false);
  try {
    for (let rate = wanted; rate > 1; rate = Math.ceil(rate / 2)) {
      const load = new OpenLoop(ours.port, rate, 'try');
      await delay(TRY_MS);
      await load.end();
      const { ratePerSecond, lagP99Ms } = load.summary();
      if (ratePerSecond >= ENOUGH * rate && lagP99Ms < LATE_MS) return rate;
    }
    return 1;
  } finally {
    await ours.stop();
  }
}
