/** The service as a whole: the line under its name, and the figures that matter first. */
import { shortDuration, shortNumber } from '../../../top/cells.js';
import type { Sample } from '../view/sample.js';
import { megabytes } from '../view/words.js';
import { byId, html, say } from './dom.js';

interface Total {
  title: string;
  readonly text: (sample: Sample) => string;
  /** Should somebody look at it. */
  readonly isTrouble?: (sample: Sample) => boolean;
}

const stuck = ({ slots }: Sample) => slots.filter(({ look }) => look === 'stuck').length;
const ready = ({ slots }: Sample) => slots.filter(({ state }) => state === 'ready' || state === 'stuck').length;

const TOTALS: readonly Total[] = [
  { title: 'accepts/s', text: ({ acceptedRate }) => shortNumber(acceptedRate) },
  { title: 'requests/s', text: ({ requestRate }) => shortNumber(requestRate) },
  { title: 'open', text: ({ open }) => shortNumber(open) },
  { title: 'queued', text: ({ queued }) => shortNumber(queued) },
  { title: 'dropped/s', text: ({ dropRate }) => shortNumber(dropRate), isTrouble: ({ dropRate }) => dropRate > 0 },
  {
    title: 'slots ready',
    text: (sample) => `${ready(sample)} of ${sample.snapshot.wanted}`,
    isTrouble: (sample) => ready(sample) < sample.snapshot.wanted,
  },
  { title: 'stuck', text: (sample) => String(stuck(sample)), isTrouble: (sample) => stuck(sample) > 0 },
  {
    title: 'saturation',
    text: ({ snapshot: { saturation } }) => (saturation === null ? '–' : `${Math.round(saturation * 100)} %`),
  },
];

export class Totals {
  readonly #figures: HTMLElement[];

  constructor() {
    this.#figures = TOTALS.map(() => html('dd'));
    const pairs = TOTALS.map(({ title }, index) => html('div', {}, html('dt', {}, title), this.#figures[index] ?? ''));
    byId('totals').append(...pairs);
  }

  show(sample: Sample): void {
    const { snapshot } = sample;
    say(byId('name'), snapshot.name);
    document.title = `${stuck(sample) > 0 ? '! ' : ''}${snapshot.name} – reuseport`;
    say(byId('about'), about(sample));
    say(byId('counters'), counters(sample));
    TOTALS.forEach(({ text, isTrouble }, index) => {
      const figure = this.#figures[index];
      if (figure === undefined) return;
      say(figure, text(sample));
      figure.classList.toggle('trouble', isTrouble?.(sample) === true);
    });
  }
}

function about({ snapshot }: Sample): string {
  const { phase, generation, steer, pid, version, startedAtMs, atMs, reloadRunning, addresses, masterRssBytes } =
    snapshot;
  const strangers = addresses.reduce((sum, each) => sum + each.strangers, 0);
  return [
    ...(phase === 'running' ? [] : [phase]),
    `generation ${generation}${reloadRunning ? ' (reload running)' : ''}`,
    `steering ${steer.used}${steer.asked === steer.used ? '' : ` (${steer.asked})`}`,
    `master ${pid}, up ${shortDuration(Math.max(0, atMs - startedAtMs))}${masterRssBytes === null ? '' : `, ${megabytes(masterRssBytes)}`}`,
    `reuseport ${version}`,
    ...(strangers === 0 ? [] : [`${strangers} sockets that are not ours`]),
  ].join(' · ');
}

/** Since the master was started. */
function counters({ snapshot }: Sample): string {
  const { rescues, stolen, migrated, handedOver, rebalanced, reloads, abortedReloads, recycles } = snapshot.counters;
  return [
    `queues rescued ${rescues} (stolen ${stolen}, migrated ${migrated})`,
    `handed over ${handedOver}`,
    `rebalanced ${rebalanced}`,
    `reloads ${reloads}, aborted ${abortedReloads}`,
    `recycled ${recycles}`,
  ].join(' · ');
}
