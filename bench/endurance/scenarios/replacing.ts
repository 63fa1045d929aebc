/** Workers are replaced, added and removed; so is the master. */
import { setTimeout as delay } from 'node:timers/promises';

import { repeat, type Scenario } from '../scenario.js';

/** A worker that is recycled sooner than 10 s after its start for the second time is held back. */
const RECYCLE_AFTER_S = 12;
const LOOK_MS = 100;

export const reload: Scenario = {
  name: 'reload',
  unit: 'reloads',
  defaultCount: 100,
  onlyOurs: false,
  act: (stage) => repeat(stage, 'reload', () => stage.subject.reload()),
};

export const recycle: Scenario = {
  name: 'recycle',
  unit: 'recycled workers',
  defaultCount: 100,
  options: (ratePerSecond, workers) => {
    const requests = Math.ceil((ratePerSecond / workers) * RECYCLE_AFTER_S);
    return ['--max-requests', String(requests), '--max-requests-jitter', String(Math.ceil(requests / 4))];
  },
  onlyOurs: true,
  act: async ({ subject, count }) => {
    while ((await subject.status()).counters.recycles < count) await delay(LOOK_MS);
  },
};

export const scale: Scenario = {
  name: 'scale',
  unit: 'changes of the number of workers',
  defaultCount: 50,
  onlyOurs: true,
  act: async (stage) => {
    const { subject, random, workers } = stage;
    let present = workers;
    await repeat(stage, 'change', async () => {
      const others = Array.from({ length: 2 * workers }, (_, index) => index + 1).filter((one) => one !== present);
      present = others[random.between(0, others.length - 1)] ?? workers;
      await subject.scale(present);
    });
    await subject.scale(workers);
  },
};

export const upgrade: Scenario = {
  name: 'upgrade',
  unit: 'upgrades of the master',
  defaultCount: 20,
  onlyOurs: true,
  act: (stage) => repeat(stage, 'upgrade', () => stage.subject.upgrade()),
};

export const master: Scenario = {
  name: 'master',
  unit: 'times that the master is killed twice in a row',
  defaultCount: 2,
  onlyOurs: true,
  act: async (stage) => {
    const { subject, workers } = stage;
    await repeat(stage, 'double death', async (round) => {
      await subject.replaceDeadMaster();
      // Every other time the second one dies in the middle of its rollout.
      if (round % 2 === 0) await subject.settled(workers);
      await subject.replaceDeadMaster();
      await subject.settled(workers);
    });
  },
};
