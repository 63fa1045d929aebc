/** What the tests of the dashboard share: its address, its stream, and snapshots made up. */
import http from 'node:http';
import type { SlotSnapshot, Snapshot } from '../../src/observe/dashboard/view/snapshot.js';
import type { LogLine, Service } from './reuseport.js';
import { waitFor } from './wait.js';

/** The line of the newest master that tells where its dashboard is. */
export async function dashboardLine(service: Service): Promise<LogLine> {
  const told = () => service.logs.filter(({ event }) => event === 'dashboard');
  await waitFor('a master that tells of its dashboard', () => told().length > 0, { state: () => service.stderr });
  return told().at(-1) as LogLine;
}

export async function dashboardPort(service: Service): Promise<number> {
  const address = (await dashboardLine(service))['address'] as string;
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** A stream of snapshots that is read as it comes. */
export class Watching {
  readonly snapshots: Snapshot[] = [];
  readonly head: Promise<http.IncomingMessage>;
  /** Resolves when the stream has ended, from whichever side. */
  readonly ended: Promise<void>;
  readonly #request: http.ClientRequest;
  #text = '';

  constructor(port: number, options: http.RequestOptions = {}) {
    this.#request = http.get({ host: '127.0.0.1', port, path: '/events', agent: false, ...options });
    this.head = new Promise((resolve, reject) => {
      this.#request.once('response', resolve);
      this.#request.once('error', reject);
    });
    this.ended = this.head.then((response) => this.#read(response));
    this.ended.catch(() => {});
  }

  /** The first snapshot that is so, from now on or earlier. */
  until(what: string, isSo: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
    return waitFor(what, () => this.snapshots.find(isSo), { state: () => this.snapshots.at(-1) });
  }

  close(): void {
    this.#request.destroy();
  }

  #read(response: http.IncomingMessage): Promise<void> {
    response.setEncoding('utf8');
    response.on('data', (data: string) => this.#take(data));
    return new Promise((resolve) => {
      response.once('close', resolve);
      // A service that is killed, or we who have enough.
      response.on('error', () => {});
    });
  }

  #take(data: string): void {
    const events = `${this.#text}${data}`.split('\n\n');
    this.#text = events.pop() ?? '';
    for (const event of events) {
      const line = event.split('\n').find((each) => each.startsWith('data: '));
      if (line !== undefined) this.snapshots.push(JSON.parse(line.slice('data: '.length)) as Snapshot);
    }
  }
}

export function slotSnapshot(slot: number, fields: Partial<SlotSnapshot> = {}): SlotSnapshot {
  return {
    slot,
    state: 'ready',
    pid: 1_000 + slot,
    generation: 1,
    startedAtMs: 0,
    draining: 0,
    busyShare: 0,
    turnMs: 0,
    longestTurnMs: 0,
    turns: 0,
    isStopped: false,
    accepted: 0,
    requests: 0,
    open: 0,
    queued: 0,
    queueLimit: 4_096,
    drops: 0,
    rssBytes: 50_000_000,
    restarts: 0,
    backoffMs: 0,
    exits: {},
    ...fields,
  };
}

export function snapshot(atMs: number, slots: readonly SlotSnapshot[], fields: Partial<Snapshot> = {}): Snapshot {
  return {
    atMs,
    name: 'web',
    version: '1.0.0',
    pid: 10,
    startedAtMs: 0,
    phase: 'running',
    generation: 1,
    wanted: slots.length,
    steer: { asked: 'auto', used: 'idle' },
    saturation: null,
    slots,
    addresses: [{ address: '[::]:80', readyWorkers: slots.length, strangers: 0 }],
    sharedQueued: 0,
    sharedDrops: 0,
    reloadRunning: false,
    lastReload: null,
    counters: {
      reloads: 0,
      abortedReloads: 0,
      recycles: 0,
      rescues: 0,
      stolen: 0,
      migrated: 0,
      handedOver: 0,
      rebalanced: 0,
    },
    masterRssBytes: 60_000_000,
    ...fields,
  };
}
