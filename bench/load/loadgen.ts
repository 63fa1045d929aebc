import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { loadgenFile } from '../paths.js';
import type { Histogram } from '../report/histogram.js';

const run = promisify(execFile);
/** Beyond the load itself: connecting, requests in flight at the end (5 s timeout each), the report. */
const SPARE_MS = 20_000;
const OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024;

export const failureKinds = ['refused', 'reset', 'timeout', 'short', 'malformed', 'status', 'other'] as const;
export type FailureKind = (typeof failureKinds)[number];
export type Failures = Record<FailureKind, number>;

/** A request that got no whole answer. Moments are those of CLOCK_MONOTONIC, in nanoseconds. */
export interface LostRequest {
  /** Address and port of the client; empty when it never had a connection. */
  client: string;
  openedNs: string;
  endedNs: string;
  kind: FailureKind;
}

/** Of the requests that were due in it. */
export interface LoadStep {
  completed: number;
  failed: number;
  p50Ns: number;
  p99Ns: number;
  maxNs: number;
  connectionsBy: Record<string, number>;
}

/** What loadgen prints; the field names are those of its report. */
export interface LoadResult {
  mode: 'closed' | 'open';
  windowNs: number;
  elapsedNs: number;
  started: number;
  completed: number;
  completedInWindow: number;
  connectionsOpened: number;
  idleCloses: number;
  bytesReceived: number;
  failures: Failures;
  /** The first 100 000 of them, but for those of kind status. */
  losses: LostRequest[];
  otherErrnos: Record<string, number>;
  statuses: Record<string, number>;
  responsesBy: Record<string, number>;
  connectionsBy: Record<string, number>;
  /** No steps unless asked for. */
  timeline: { stepMs: number; steps: LoadStep[] };
  cpu: { userNs: number; systemNs: number; waitNs: number };
  latency: { connect: Histogram; firstByte: Histogram; total: Histogram; lag: Histogram };
}

export interface LoadOptions {
  target: string;
  connections?: number;
  /** 1 opens a connection for each request, 0 never closes. */
  requestsPerConnection?: number;
  durationMs?: number;
  count?: number;
  /** Makes it an open loop. */
  ratePerSecond?: number;
  arrivals?: 'constant' | 'poisson';
  /** So many requests are due at one moment, at the same rate. */
  burst?: number;
  timeoutMs?: number;
  sources?: number;
  /** The first of the source addresses; must be given for a target outside loopback. */
  firstSource?: string;
  /** So many of a hundred connections come from the first source address, the others from the rest. */
  heavyPercent?: number;
  /** Source ports in turn, a round of the addresses with each, closed by a reset; else the kernel chooses. */
  ports?: number;
  firstPort?: number;
  path?: string;
  /** Width of a step of the timeline. */
  timelineMs?: number;
  /** The request goes in the SYN, where a former connection brought the cookie for it. */
  fastOpen?: boolean;
  /** Ask on a new connection when the event loop says that it is writable, as wrk does, and not at once. */
  awaitWritable?: boolean;
  /** Only for a network of one's own: the load may go to an address outside loopback. */
  allowAny?: boolean;
  /** Words before the command, as `ip netns exec <name>`. */
  launcher?: readonly string[];
}

function argumentsOf(options: LoadOptions): string[] {
  const values: Record<string, string | number | undefined> = {
    '--target': options.target,
    '--connections': options.connections,
    '--requests-per-connection': options.requestsPerConnection,
    '--duration-ms': options.durationMs,
    '--count': options.count,
    '--rate': options.ratePerSecond,
    '--arrivals': options.arrivals,
    '--burst': options.burst,
    '--timeout-ms': options.timeoutMs,
    '--sources': options.sources,
    '--first-source': options.firstSource,
    '--heavy-percent': options.heavyPercent,
    '--ports': options.ports,
    '--first-port': options.firstPort,
    '--path': options.path,
    '--timeline-ms': options.timelineMs,
    '--count-header': 'x-worker',
  };
  const pairs = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
  return [
    ...pairs,
    ...(options.allowAny === true ? ['--allow-any'] : []),
    ...(options.fastOpen === true ? ['--fast-open'] : []),
    ...(options.awaitWritable === true ? ['--await-writable'] : []),
  ];
}

/** Runs one load to its end. Rejects with what loadgen wrote to stderr. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  return startLoad(options).result;
}

export interface RunningLoad {
  /** Rejects with what loadgen wrote to stderr. */
  result: Promise<LoadResult>;
  /** When its clock started, by `performance.now()`; or when it ended before that. */
  beganAtMs: Promise<number>;
  /** No request starts any more; those in flight finish. */
  end(): void;
}

export function startLoad(options: LoadOptions): RunningLoad {
  const [command = loadgenFile, ...args] = [...(options.launcher ?? []), loadgenFile, ...argumentsOf(options)];
  const running = run(command, args, {
    maxBuffer: OUTPUT_LIMIT_BYTES,
    // A load by count alone ends by itself; the deadline only catches a defect.
    timeout: (options.durationMs ?? 60_000) + (options.timeoutMs ?? 0) + SPARE_MS,
    killSignal: 'SIGKILL',
  });
  // An interrupted run must not leave a load behind that goes on for minutes.
  const kill = (): boolean => running.child.kill('SIGKILL');
  process.on('exit', kill);
  const result = running
    // Its own program, built from the same tree: the shape is known.
    .then(({ stdout }) => JSON.parse(stdout) as LoadResult)
    .finally(() => process.off('exit', kill));
  let began = false;
  const beganAtMs = new Promise<number>((resolve) => {
    running.child.stdout?.once('data', () => {
      began = true;
      resolve(performance.now());
    });
    running.child.once('close', () => resolve(performance.now()));
  });
  const end = (): void => {
    if (began) running.child.kill('SIGTERM');
    else running.child.stdout?.once('data', end);
  };
  return { result, beganAtMs, end };
}
