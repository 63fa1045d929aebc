import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { delayLineFile } from '../paths.js';

const READY_DEADLINE_MS = 5_000;
const END_DEADLINE_MS = 5_000;

export interface WayReport {
  delivered: number;
  lost: number;
  /** Dropped because the line held too many, or refused by the kernel: neither was meant. */
  overflowed: number;
  refused: number;
  /** How long after its due moment a packet came out. */
  lateP50Ns: number;
  lateP99Ns: number;
  lateMaxNs: number;
}

export interface LineReport {
  /** It had a real-time priority. */
  realtime: boolean;
  there: WayReport;
  back: WayReport;
}

export interface DelayLine {
  /** Ends it; its devices go with it. Undefined when it had died. */
  end(): Promise<LineReport | undefined>;
}

/** Starts the program that joins two namespaces by TUN devices. It also ends when this process does. */
export async function startDelayLine(
  namespaces: readonly [string, string],
  device: string,
  oneWayMs: number,
  lossPercent: number,
): Promise<DelayLine> {
  const child = spawn(delayLineFile, [...namespaces, device, String(oneWayMs), String(lossPercent)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  let complaint = '';
  let failure: string | undefined;
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  child.on('error', (error) => (failure = error.message));
  child.on('exit', (code, signal) => (failure ??= `ended with ${signal ?? code}`));
  child.stdin.on('error', () => {}); // it has died; `failure` says so
  const deadline = Date.now() + READY_DEADLINE_MS;
  while (!output.startsWith('ready')) {
    if (failure !== undefined) throw new Error(`delay-line: ${failure} ${complaint.trim()}`);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`delay-line: not ready within ${READY_DEADLINE_MS} ms`);
    }
    await delay(5);
  }
  const end = async (): Promise<LineReport | undefined> => {
    if (failure === undefined) {
      const closed = once(child, 'close');
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), END_DEADLINE_MS);
      await closed;
      clearTimeout(timer);
    }
    const report = output.split('\n')[1] ?? '';
    return report === '' ? undefined : (JSON.parse(report) as LineReport);
  };
  return { end };
}
