/** Reads a results.json, which may be anybody's: nothing later asks again whether a field is there. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ReuseportError } from '../../../src/errors.js';
import { failureKinds } from '../../load/loadgen.js';
import type { LabResult } from '../result.js';

export const FORMAT = 'reuseport-bench';
export const VERSION = 1;

const count = z.number().min(0);
/** NaN and Infinity become null in JSON. */
const maybeNumber = z.number().nullable();

const histogram = z.looseObject({
  count,
  sumNs: count,
  minNs: count,
  p50Ns: count,
  p90Ns: count,
  p99Ns: count,
  p999Ns: count,
  maxNs: count,
  subBucketBits: z.int().min(1).max(20),
  buckets: z.array(z.tuple([count, count])),
});

const timeline = z.looseObject({
  stepMs: z.number().positive(),
  values: z.array(z.number()),
  marks: z.array(z.looseObject({ atMs: z.number(), what: z.string() })).optional(),
});

const sample = z.looseObject({
  variant: z.string(),
  x: z.number().optional(),
  round: z.int(),
  rival: z.string(),
  place: z.int(),
  latency: histogram.nullable(),
  numbers: z.record(z.string(), maybeNumber).transform(withoutNulls),
  timelines: z.record(z.string(), timeline).optional(),
  byWorker: z.array(count).optional(),
  completed: count,
  failures: z.looseObject(Object.fromEntries(failureKinds.map((kind) => [kind, count]))),
  elapsedNs: count,
  clientCpuShare: count,
  clientLagP99Ms: count,
  stealShare: count,
  listenOverflows: count,
});

const metric = z.looseObject({
  key: z.string(),
  title: z.string(),
  unit: z.string(),
  better: z.enum(['less', 'more', 'neither']),
});

const chart = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('percentiles'), title: z.string() }),
  z.looseObject({ kind: z.literal('bars'), title: z.string(), metric: z.string() }),
  z.looseObject({ kind: z.literal('lines'), title: z.string(), metric: z.string(), x: z.string() }),
  z.looseObject({ kind: z.literal('timeline'), title: z.string(), series: z.string(), unit: z.string() }),
  z.looseObject({ kind: z.literal('shares'), title: z.string(), series: z.string() }),
]);

const scenario = z.looseObject({
  name: z.string(),
  title: z.string(),
  question: z.string(),
  expected: z.string(),
  finding: z.string().nullable(),
  asExpected: z.boolean().nullable(),
  baseline: z.string().nullable(),
  metrics: z.array(metric),
  charts: z.array(chart),
  samples: z.array(sample).refine(sameBuckets, 'histograms with different widths of buckets'),
  skipped: z.record(z.string(), z.string()),
  warnings: z.array(z.looseObject({ reason: z.string(), detail: z.string(), remedy: z.string() })),
});

const environment = z.looseObject({
  kernel: z.string(),
  architecture: z.string(),
  cpuModel: z.string(),
  cores: count,
  memoryBytes: count,
  governor: z.string(),
  loadAverage1: count,
  somaxconn: maybeNumber,
  congestionControl: z.string(),
  timeWaitBuckets: maybeNumber,
  nodeVersion: z.string(),
  packageVersion: z.string(),
});

const result = z.looseObject({
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  command: z.array(z.string()),
  quick: z.boolean(),
  environment,
  rivals: z.array(
    z.looseObject({
      name: z.string(),
      title: z.string(),
      family: z.enum(['ours', 'rival', 'limit']),
      runtime: z.string().optional(),
    }),
  ),
  scenarios: z.array(scenario),
});

function withoutNulls(numbers: Record<string, number | null>): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).filter((entry): entry is [string, number] => entry[1] !== null));
}

function sameBuckets(samples: readonly { latency: { subBucketBits: number } | null }[]): boolean {
  return new Set(samples.flatMap(({ latency }) => latency?.subBucketBits ?? [])).size < 2;
}

const AGAIN = 'Make it with: reuseport bench --out <folder>, which writes results.json.';

function invalid(file: string, why: string, cause?: unknown): ReuseportError {
  return new ReuseportError('ERR_RESULT_INVALID', `${file}: ${why}`, {
    fields: { file },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** @throws ReuseportError ERR_RESULT_INVALID, which says what is wrong with `text`; `file` is only its name. */
export function parseResult(text: string, file: string): LabResult {
  const value = parseJson(text, file);
  const { format, version } = z.looseObject({}).catch({}).parse(value) as { format?: unknown; version?: unknown };
  if (format !== FORMAT)
    throw invalid(file, `this is not a result of reuseport bench: no "format": "${FORMAT}". ${AGAIN}`);
  if (version !== VERSION) {
    const its = JSON.stringify(version) ?? 'none';
    throw invalid(
      file,
      `its version is ${its}, and this reuseport reads version ${VERSION}. Use the one that made it.`,
    );
  }
  const parsed = result.safeParse(value);
  if (parsed.success) return parsed.data as unknown as LabResult;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw invalid(
    file,
    `${where}: ${issue?.message ?? 'not what it should be'}. Was the file edited? ${AGAIN}`,
    parsed.error,
  );
}

function parseJson(text: string, file: string): unknown {
  if (text.trim() === '') throw invalid(file, `the file is empty. ${AGAIN}`);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const cut = text.trimStart().startsWith('{') && !text.trimEnd().endsWith('}');
    throw invalid(file, `${cut ? 'the file is cut short' : 'this is not JSON'}. ${AGAIN}`, error);
  }
}

/** @throws ReuseportError ERR_RESULT_UNREADABLE or ERR_RESULT_INVALID */
export async function readResult(file: string): Promise<LabResult> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const hint = code === 'EISDIR' ? ` It is a folder: give ${file.replace(/\/+$/, '')}/results.json.` : '';
    throw new ReuseportError('ERR_RESULT_UNREADABLE', `${file}: reading it failed: ${code || message}.${hint}`, {
      cause: error,
      fields: { file },
    });
  }
  return parseResult(text, file);
}
