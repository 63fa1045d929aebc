/**
 * The kinds of value that an option can take. A kind knows three things: how its value looks in a config file (the
 * schema, whose messages all begin with "expected"), how text becomes such a value (the form), and its range in words.
 */

import {
  array,
  boolean,
  enum as enumeration,
  int,
  maximum,
  minimum,
  number,
  pipe,
  record,
  regex,
  string,
  transform,
  union,
} from 'zod/mini';
import type { ZodMiniType } from 'zod/mini';

import { parsePolicy, POLICY_EXPECTED } from '../steering/policy-text.js';
import { parseBind } from './bind.js';
import { formatDuration, LONGEST_DURATION_MS, parseDuration } from './duration.js';
import type { BindAddress } from './resolved-config.js';
import { parseSize } from './size.js';
import { MOST_WORKERS, parseRange } from './workers.js';
import type { Workers } from './workers.js';

/** How command line and environment write a value: see text-values.ts. */
export type TextForm = 'text' | 'integer' | 'switch' | 'words' | 'pairs';

export interface ValueKind<Value> {
  readonly form: TextForm;
  readonly schema: ZodMiniType<Value>;
  /** What is accepted, as the end of "expected …". */
  readonly expected: string;
}

// A NUL cannot be passed to another process, in an argument, a variable or a path.
// oxlint-disable-next-line no-control-regex
const NO_NUL = /^[^\0]*$/;
// oxlint-disable-next-line no-control-regex
const FILLED = /^[^\0]+$/;
// oxlint-disable-next-line no-control-regex
const VARIABLE_NAME = /^[^\0=]+$/;

/** Directory services have names with blanks and backslashes; a colon ends a field of passwd(5), a dash in front is an option. */
// oxlint-disable-next-line no-control-regex
const ACCOUNT_NAME = /^[^\0\n:-][^\0\n:]*$/;

function wholeNumber(least: number, most: number, message: string) {
  return int(message).check(minimum(least, message), maximum(most, message));
}

export function integer(least: number, most: number): ValueKind<number> {
  const expected = `an integer from ${least} to ${most}`;
  return { form: 'integer', expected, schema: wholeNumber(least, most, `expected ${expected}`) };
}

/** A number of workers, `auto`, or a range of these as text. */
export function workerCount(): ValueKind<Workers> {
  const expected = `an integer from 1 to ${MOST_WORKERS}, "auto", or a range of them such as 2..8 or 1..auto`;
  const message = `expected ${expected}`;
  const toWorkers = transform<string | number, Workers>((value, context) => {
    if (typeof value === 'number' && value >= 1 && value <= MOST_WORKERS) return value;
    if (value === 'auto') return value;
    const range = typeof value === 'string' && value.includes('..') ? parseRange(value) : '';
    if (typeof range !== 'string') return range;
    context.issues.push({ code: 'custom', message, params: { hint: range }, input: value });
    return 'auto';
  });
  return { form: 'integer', expected, schema: pipe(union([string(), int()], message), toWorkers) };
}

/** Milliseconds: a number as it is, or text with a unit. Text without a unit is refused, wherever it comes from. */
export function duration(leastMs: number): ValueKind<number> {
  const range = `from ${formatDuration(leastMs)} to ${formatDuration(LONGEST_DURATION_MS - (LONGEST_DURATION_MS % 3_600_000))}`;
  const expected = `a duration ${range}, such as 500ms, 10s, 2m or 1h`;
  const message = `expected ${expected}`;
  const toMs = transform<string | number, number>((value, context) => {
    const durationMs = typeof value === 'number' ? value : parseDuration(value);
    if (durationMs !== undefined && durationMs >= leastMs && durationMs <= LONGEST_DURATION_MS) return durationMs;
    const hint = /^\d+$/.test(String(value)) && typeof value === 'string' ? `write ${value}s or ${value}ms` : '';
    context.issues.push({ code: 'custom', message, params: { hint }, input: value });
    return leastMs;
  });
  return { form: 'text', expected, schema: pipe(union([string(), int()], message), toMs) };
}

/** Bytes: a number as it is, or text with or without a unit. */
export function size(): ValueKind<number> {
  const expected = 'a size in bytes, such as 65536, 64k, 512m or 2g';
  const message = `expected ${expected}`;
  const toBytes = transform<string | number, number>((value, context) => {
    const bytes = typeof value === 'number' ? value : parseSize(value);
    if (bytes !== undefined && bytes >= 0) return bytes;
    context.issues.push({ code: 'custom', message, input: value });
    return 0;
  });
  return { form: 'text', expected, schema: pipe(union([string(), int()], message), toBytes) };
}

export function choice<const Word extends string>(words: readonly Word[]): ValueKind<Word> {
  const expected = words
    .map((word) => `"${word}"`)
    .join(', ')
    .replace(/, ("[^"]*")$/, ' or $1');
  return { form: 'text', expected, schema: enumeration(words, `expected ${expected}`) };
}

/** A policy of steering, with its arguments. */
export function steeringPolicy(): ValueKind<string> {
  const schema = string(`expected ${POLICY_EXPECTED}`).check(({ value, issues }) => {
    const parsed = parsePolicy(value);
    if (!('problem' in parsed)) return;
    const { expected, problem } = parsed;
    issues.push({ code: 'custom', message: `expected ${expected}`, params: { hint: problem }, input: value });
  });
  return { form: 'text', expected: POLICY_EXPECTED, schema };
}

/** `defaultHost`: where a port alone leads; undefined is every address of the machine. `leastPort`: 1 for one that is sent to. */
export function bindAddress(defaultHost?: string, leastPort: 0 | 1 = 0): ValueKind<BindAddress> {
  const expected = `host:port, [ipv6]:port, :port or port (${leastPort} to 65535)`;
  const message = `expected ${expected}`;
  const toAddress = transform<string | number, BindAddress>((value, context) => {
    const address = parseBind(String(value));
    if (address === undefined || address.port < leastPort)
      context.issues.push({ code: 'custom', message, input: value });
    return { host: address?.host ?? defaultHost, port: address?.port ?? 0 };
  });
  return { form: 'text', expected, schema: pipe(union([string(), number()], message), toAddress) };
}

export function path(): ValueKind<string> {
  const expected = 'a path';
  return {
    form: 'text',
    expected,
    schema: string(`expected ${expected}`).check(regex(FILLED, `expected ${expected}`)),
  };
}

export function matching(pattern: RegExp, expected: string): ValueKind<string> {
  const message = `expected ${expected}`;
  return { form: 'text', expected, schema: string(message).check(regex(pattern, message)) };
}

/** The largest id that the kernel takes: the one above means "no change" to it. */
const LAST_ID = 2 ** 32 - 2;

/** A user or a group: a name, or a number as text or as a number. Whether there is such a one is not known here. */
export function account(): ValueKind<string> {
  const expected = 'a name or a number';
  const message = `expected ${expected}`;
  const id = pipe(
    wholeNumber(0, LAST_ID, message),
    transform((value) => String(value)),
  );
  return { form: 'text', expected, schema: union([matching(ACCOUNT_NAME, expected).schema, id], message) };
}

/** As umask(1) takes it. Not a number in a file: JSON knows no octal ones, and 22 would be 026. */
export function octalMode(): ValueKind<number> {
  const expected = 'an octal mode from 0 to 777, as text such as "027"';
  const toMode = transform<string, number>((text) => Number.parseInt(text, 8));
  return { form: 'text', expected, schema: pipe(matching(/^0{0,2}[0-7]{1,3}$/, expected).schema, toMode) };
}

export function onOff(): ValueKind<boolean> {
  return { form: 'switch', expected: 'true or false', schema: boolean('expected true or false') };
}

export function words(): ValueKind<readonly string[]> {
  const word = string('expected a string').check(regex(NO_NUL, 'expected a string without NUL'));
  return { form: 'words', expected: 'a list of strings', schema: array(word, 'expected a list of strings') };
}

export function variables(): ValueKind<Readonly<Record<string, string>>> {
  const expected = 'variables as KEY=VALUE, in a file an object of strings';
  const name = string().check(regex(VARIABLE_NAME));
  const value = string('expected a string').check(regex(NO_NUL, 'expected a string without NUL'));
  return { form: 'pairs', expected, schema: record(name, value, `expected ${expected}`) };
}
