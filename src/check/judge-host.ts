/** What else of this machine decides how much a service can take. */
import type { Facts } from './facts.js';
import type { NetworkCard } from './read-network.js';
import { type Judgement, unknownRow } from './rows.js';

/** Below: an accept queue of the default length and as many open connections use up all of a worker's descriptors. */
const MANY_FILES = 8192;
/** The soft limit of old that select(2) needs; Node lifts it, so that here it is the hard one too. */
const FEW_FILES = 1024;
const WANTED_FILES = 65_536;

export function judgeOpenFiles({ openFiles }: Facts): Judgement {
  const title = 'open files';
  if (!openFiles.known) return unknownRow(title, openFiles.why, 'Each connection is a descriptor of its worker.');
  const { soft, hard } = openFiles.value;
  const row = { title, value: `${limit(soft)} soft, ${limit(hard)} hard (Node lifts the soft limit to the hard one)` };
  if (soft >= MANY_FILES) {
    const meaning = `Each worker may have up to ${limit(soft)} connections and files open.`;
    return { ...row, status: 'ok', meaning, mend: [] };
  }
  const meaning = `Each connection is a descriptor: a worker with ${soft} open accepts no more (EMFILE).`;
  const mend = [
    `systemd: LimitNOFILE=${WANTED_FILES}`,
    `ulimit -n ${WANTED_FILES}  # as root, before the service starts`,
    `docker run --ulimit nofile=${WANTED_FILES} …`,
  ];
  return { ...row, status: soft <= FEW_FILES ? 'problem' : 'notice', meaning, mend };
}

function limit(count: number): string {
  return count === Infinity ? 'unlimited' : String(count);
}

export function judgeReceiveQueues({ cards, online, host }: Facts): Judgement {
  const title = 'receive queues';
  if (!cards.known) {
    return unknownRow(title, cards.why, 'Whether packets are spread over the processors cannot be told.');
  }
  const processors = online.known ? online.value.length : host.workers;
  const value = cards.value
    .map((card) => `${card.name} ${card.receiveQueues}${card.rps ? ' with RPS' : ''}`)
    .join(', ');
  if (value === '') {
    const meaning = 'How packets are spread over the processors is decided outside, as in a container.';
    return { status: 'ok', title, value: 'no network card here', meaning, mend: [] };
  }
  const narrow = cards.value.filter((card) => card.receiveQueues === 1 && !card.rps && processors > 1);
  if (narrow.length === 0) {
    const meaning = 'The packets of each network card are spread over several processors.';
    const single = 'There is one processor for the packets as for everything else.';
    return { status: 'ok', title, value, meaning: processors > 1 ? meaning : single, mend: [] };
  }
  const names = narrow.map(({ name }) => name).join(', ');
  const meaning =
    `One processor of ${processors} takes every packet of ${names}, and is the limit under many small connections. ` +
    '"--steer cpu" would give all of them to one worker.';
  return { status: 'notice', title, value, meaning, mend: narrow.flatMap((card) => waysToSpread(card, processors)) };
}

function waysToSpread({ name }: NetworkCard, processors: number): string[] {
  return [
    `echo ${maskOf(processors)} > /sys/class/net/${name}/queues/rx-0/rps_cpus`,
    `ethtool -L ${name} combined ${processors}  # where the card has so many queues`,
  ];
}

/** All processors, as the kernel writes masks: groups of 32 bits, the highest first. */
export function maskOf(processors: number): string {
  const groups = Array.from({ length: Math.ceil(processors / 32) }, (_, index) =>
    (2 ** Math.min(32, processors - index * 32) - 1).toString(16),
  );
  return groups.toReversed().join(',');
}

export function judgeFlowSteering({ flowEntries }: Facts): Judgement {
  const title = 'RFS';
  if (!flowEntries.known) {
    return unknownRow(
      title,
      flowEntries.why,
      'In a container the host decides it; a kernel without CONFIG_RPS has none.',
    );
  }
  const { value } = flowEntries;
  const meaning =
    value > 0
      ? 'Packets are handled on the processor where their worker last read, if rps_flow_cnt of the queues is set too.'
      : 'Off, as by default. On a machine with many processors it may save cache misses: try it under your own load.';
  return { status: 'ok', title, value: value > 0 ? `${value} flows` : 'off', meaning, mend: [] };
}

export function judgeWorkers({ host, quota }: Facts): Judgement {
  const title = '--workers auto';
  const { workers } = host;
  const value = workers === 1 ? '1 worker' : `${workers} workers`;
  if (!quota.known) {
    const meaning = `As many as processors that this process may use. A limit of its control group is not seen: ${quota.why}.`;
    return { status: 'unknown', title, value, meaning, mend: [] };
  }
  const limit = quota.value;
  const meaning =
    limit === null
      ? 'As many as processors that this process may use.'
      : `As many as processors that this process may use, and as the control group allows the time of: ${Number(limit.toFixed(2))}. ` +
        'With more workers than that, all of them would be stopped together for the rest of each period, and look stuck.';
  return { status: 'ok', title, value, meaning, mend: [] };
}
