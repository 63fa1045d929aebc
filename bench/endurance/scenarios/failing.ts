/** Workers are killed and stopped. */
import { setTimeout as delay } from 'node:timers/promises';

import { killNow } from '../../chaos/ending.js';
import { STOPPED, UNDISTURBED } from '../figures.js';
import { kill as signal } from '../../marked.js';
import type { Scenario, Stage } from '../scenario.js';

const UNDISTURBED_MS = 3_000;
const STOPPED_MS = 2_000;
const RESUMES_WITHIN_MS = 1_000;
/** After the last kill, for the replacement to be seen. */
const AFTER_MS = 1_000;

/** Kills a worker that serves, unless nobody else does: then nobody would accept what comes. */
export async function killOne({ subject, random, evidence }: Stage): Promise<void> {
  const serving = await subject.serving();
  const victim = serving[random.between(0, serving.length - 1)];
  if (victim === undefined || serving.length < 2) {
    evidence.spared += 1;
    return;
  }
  const kill = killNow(victim.pid);
  if (kill !== undefined) evidence.kills.push(Object.assign(kill, { slot: victim.slot }));
}

async function killAgainAndAgain(stage: Stage): Promise<void> {
  const began = performance.now();
  const end = began + stage.count * 1000;
  // To a schedule: what it takes to choose one is not the same for every subject.
  for (let next = began; next < end; next = Math.max(next + stage.killEveryMs, performance.now())) {
    await delay(Math.max(0, next - performance.now()));
    await killOne(stage);
  }
  await delay(AFTER_MS);
}

/** Stops a worker for two seconds. */
export async function stopOne(stage: Stage): Promise<void> {
  const { subject, random, evidence } = stage;
  const serving = await subject.serving();
  const victim = serving[random.between(0, serving.length - 1)];
  if (victim === undefined) return;
  await stage.phase(STOPPED);
  signal(victim.pid, 'SIGSTOP');
  await delay(STOPPED_MS);
  evidence.resumed.push({ pid: victim.pid, atNs: process.hrtime.bigint() });
  signal(victim.pid, 'SIGCONT');
  await stage.phase(UNDISTURBED);
  await delay(RESUMES_WITHIN_MS);
}

export const kill: Scenario = {
  name: 'kill',
  unit: 'seconds of kills',
  defaultCount: 60,
  onlyOurs: false,
  act: killAgainAndAgain,
};

export const killWithSpares: Scenario = {
  name: 'kill-spares',
  unit: kill.unit,
  defaultCount: 60,
  options: () => ['--spares', '2'],
  onlyOurs: true,
  act: killAgainAndAgain,
};

export const stop: Scenario = {
  name: 'stop',
  unit: 'workers stopped for 2 s',
  defaultCount: 10,
  onlyOurs: true,
  act: async (stage) => {
    for (let round = 0; round < stage.count; round += 1) {
      await delay(UNDISTURBED_MS);
      await stopOne(stage);
    }
  },
};
