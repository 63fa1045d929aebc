import { median } from '../report/statistics.js';
import { measureSkew, type SkewFigures, type SkewOptions, type Start } from './skew.js';

const percent = (part: number, digits = 0) => `${(part * 100).toFixed(digits)} %`;

/** Measures these starts side by side in each round, in an order that turns, and prints them. Returns whether all was well. */
export async function reportSkew(options: SkewOptions, starts: readonly Start[], rounds: number): Promise<boolean> {
  const figures = new Map<Start, SkewFigures[]>(starts.map((start) => [start, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const index of starts.keys()) {
      const start = starts[(index + round) % starts.length] ?? 'even';
      const one = await measureSkew(start, { ...options, seed: options.seed + round * 1_000 });
      figures.get(start)?.push(one);
      console.log(`round ${round + 1}, ${start}: ${line(one)}`);
      for (const failure of one.failures.slice(0, 20)) console.log(`  ${failure}`);
    }
  }
  const ratio = (start: Start) => {
    const even = figures.get('even') ?? [];
    const ratios = figures
      .get(start)
      ?.map((one, round) => one.answersPerSecond / (even[round]?.answersPerSecond ?? NaN));
    return ratios === undefined || even.length === 0 ? 'not compared' : percent(median(ratios));
  };
  const failures = [...figures.values()].flat().flatMap((one) => one.failures);
  console.log(
    `of an even start: ${ratio('rebalance')} with rebalance, ${ratio('no-rebalance')} without; ` +
      `${failures.length} failures, seed ${options.seed}`,
  );
  return failures.length === 0;
}

function line({
  answersPerSecond,
  firstAnswers,
  workersCpu,
  masterCpu,
  clients,
  moves,
  failures,
}: SkewFigures): string {
  return (
    `${answersPerSecond.toFixed(0)} answers/s, CPU of the workers ${workersCpu.map((part) => percent(part)).join(' and ')}, ` +
    `of the master ${percent(masterCpu, 2)}; ${clients.join(' and ')} clients, ${moves} moved, ${failures.length} failures; ` +
    `before: ${firstAnswers.map((rate) => rate.toFixed(0)).join(' ')}`
  );
}
