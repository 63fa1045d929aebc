/**
 * How a policy is written, the same in flags, environment, config file, `reuseport steer` and status: a name and, behind a
 * colon, what it takes. Apart from the programs: the configuration knows policies without loading an assembler.
 */
import { MAX_ROWS } from '../state/layout.js';

export const POLICY_NAMES = [
  'hash',
  'random',
  'cpu',
  'sticky',
  'weighted',
  'round-robin',
  'least-connections',
  'least-pending',
  'two-choice',
  'idle',
  'adaptive',
] as const;

export type PolicyName = (typeof POLICY_NAMES)[number];

export interface StickyPrefixes {
  /** Bits of an IPv4 client address that count, 1 to 32; default 32. */
  ipv4Bits: number;
  /** Bits of an IPv6 client address that count, 1 to 128; default 64, what one customer has at least. */
  ipv6Bits: number;
}

export type AskedPolicy =
  | { name: 'auto' }
  /** A program that the user has pinned in bpffs. */
  | { name: 'pinned'; path: string }
  /** Weights of slots 0, 1, …, 0 to {@link MOST_WEIGHT}; a slot without one has 1. */
  | { name: 'weighted'; weights: readonly number[] }
  | ({ name: 'sticky' } & StickyPrefixes)
  | { name: Exclude<PolicyName, 'weighted' | 'sticky'> };

/** Why a text is no policy. */
export interface PolicyProblem {
  /** What is accepted instead, as the end of "expected …". */
  expected: string;
  /** What is wrong with it. */
  problem: string;
}

export const MOST_WEIGHT = 1_000;
export const STICKY_DEFAULTS: StickyPrefixes = { ipv4Bits: 32, ipv6Bits: 64 };

const PINNED = 'pinned:';
const SHAPES = ['auto', ...POLICY_NAMES].map((name) => `"${name}"`).join(', ');
const WEIGHTS_EXPECTED = `"weighted:1,2,5": the weights of slots 0, 1, 2, …, whole numbers from 0 to ${MOST_WEIGHT}`;
const PREFIXES_EXPECTED = '"sticky:24,56": the bits of IPv4 (1 to 32) and IPv6 addresses (1 to 128) that count';

/** Everything that is accepted, as the end of "expected …". */
export const POLICY_EXPECTED = `${SHAPES}, "weighted:1,2,5", "sticky:24,56" or "${PINNED}/path"`;

export function parsePolicy(text: string): AskedPolicy | PolicyProblem {
  if (text.startsWith(PINNED)) return parsePinned(text.slice(PINNED.length));
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const list = colon < 0 ? null : text.slice(colon + 1).split(',');
  if (name === 'weighted') return parseWeights(list ?? []);
  if (name === 'sticky') return parsePrefixes(list ?? []);
  if (!isPlainName(name)) return { expected: POLICY_EXPECTED, problem: `there is no policy ${JSON.stringify(name)}` };
  return list === null ? { name } : { expected: `"${name}"`, problem: 'it takes no argument' };
}

/** The one way to write what was asked for, with what was left out. */
export function formatPolicy(asked: AskedPolicy): string {
  if (asked.name === 'pinned') return PINNED + asked.path;
  if (asked.name === 'weighted' && asked.weights.length > 0) return `weighted:${asked.weights.join(',')}`;
  if (asked.name === 'sticky') {
    const { ipv4Bits, ipv6Bits } = asked;
    const isDefault = ipv4Bits === STICKY_DEFAULTS.ipv4Bits && ipv6Bits === STICKY_DEFAULTS.ipv6Bits;
    if (!isDefault) return `sticky:${ipv4Bits},${ipv6Bits}`;
  }
  return asked.name;
}

function isPlainName(name: string): name is Exclude<AskedPolicy['name'], 'pinned' | 'weighted' | 'sticky'> {
  return name === 'auto' || (POLICY_NAMES as readonly string[]).includes(name);
}

function parsePinned(path: string): AskedPolicy | PolicyProblem {
  if (path.startsWith('/') && path.length > 1) return { name: 'pinned', path };
  return { expected: `"${PINNED}/path"`, problem: 'the path of the pinned program must be absolute' };
}

function parseWeights(list: readonly string[]): AskedPolicy | PolicyProblem {
  if (list.length > MAX_ROWS) return badWeights(`${list.length} weights, but there are at most ${MAX_ROWS} slots`);
  const weights = list.map((text) => wholeNumber(text, 0, MOST_WEIGHT));
  const bad = weights.indexOf(null);
  if (bad >= 0) return badWeights(`the weight of slot ${bad} is ${JSON.stringify(list[bad])}`);
  if (weights.length > 0 && weights.every((weight) => weight === 0)) {
    return badWeights('no slot would get a connection; give at least one of them a weight');
  }
  return { name: 'weighted', weights: weights.filter((weight) => weight !== null) };
}

function badWeights(problem: string): PolicyProblem {
  return { expected: WEIGHTS_EXPECTED, problem };
}

function parsePrefixes(list: readonly string[]): AskedPolicy | PolicyProblem {
  if (list.length > 2) return badPrefixes('there are more than two numbers');
  if (list.length > 0 && list.every((text) => text === '')) return badPrefixes('there is no number');
  const [four = '', six = ''] = list;
  const ipv4Bits = four === '' ? STICKY_DEFAULTS.ipv4Bits : wholeNumber(four, 1, 32);
  const ipv6Bits = six === '' ? STICKY_DEFAULTS.ipv6Bits : wholeNumber(six, 1, 128);
  if (ipv4Bits === null) return badPrefixes(`the prefix of IPv4 addresses is ${JSON.stringify(four)}`);
  if (ipv6Bits === null) return badPrefixes(`the prefix of IPv6 addresses is ${JSON.stringify(six)}`);
  return { name: 'sticky', ipv4Bits, ipv6Bits };
}

function badPrefixes(problem: string): PolicyProblem {
  return { expected: PREFIXES_EXPECTED, problem };
}

/** null unless the text is a whole number in that range. */
function wholeNumber(text: string, least: number, most: number): number | null {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : null;
}
