import { execFile } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { askMaster } from '../../src/cli/control-client.js';
import type { Status } from '../../src/observe/status.js';
import { freePort } from '../free-port.js';
import { runLoad, startLoad } from '../load/loadgen.js';
import type { LoadOptions, LoadResult, RunningLoad } from '../load/loadgen.js';
import { cliFile } from '../paths.js';
import type { ServerSettings } from '../rivals.js';
import { ServerProcess } from '../server-process.js';
import type { Place } from './place.js';
import { controlOf } from './rivals.js';
import type { SteeringRival } from './rivals.js';

const run = promisify(execFile);
const BACKLOG_CONNECTIONS = 4096;
const PROBES_AT_ONCE = 8;
const STATUS_DEADLINE_MS = 5_000;
const CHANGE_DEADLINE_MS = 60_000;
const LOOK_MS = 5;

/** A rival that runs and has answered. */
export class SteeringServer {
  readonly rival: SteeringRival;
  readonly place: Place;
  readonly workers: number;
  readonly process: ServerProcess;
  readonly #folder: string;

  private constructor(
    rival: SteeringRival,
    place: Place,
    workers: number,
    port: number,
    folder: string,
    onStart: (server: SteeringServer) => void,
  ) {
    const settings = {
      host: place.host,
      port,
      workers: rival.single === true ? 1 : workers,
      backlogConnections: BACKLOG_CONNECTIONS,
    };
    const all = { ...settings, folder, launcher: place.serverLauncher };
    const command = rival.command(all);
    if (typeof command === 'string') throw new Error(command);
    for (const [name, text] of Object.entries(rival.files?.(all) ?? {})) writeFileSync(path.join(folder, name), text);
    this.rival = rival;
    this.place = place;
    this.workers = rival.single === true ? 1 : workers;
    this.#folder = folder;
    const ask = ({ host }: ServerSettings): Promise<string[]> => probe(`${host}:${port}`, place);
    this.process = new ServerProcess(command, settings, ask, rival.readyDeadlineMs);
    onStart(this);
  }

  /** Rejects with what the server said when it does not come up; nothing of it is left then. */
  static async start(
    rival: SteeringRival,
    place: Place,
    workers: number,
    onStart: (server: SteeringServer) => void,
  ): Promise<SteeringServer> {
    const folder = mkdtempSync(path.join(tmpdir(), 'reuseport-bench-'));
    let server: SteeringServer | undefined;
    try {
      if (rival.uid !== undefined) chownSync(folder, rival.uid, rival.uid);
      server = new SteeringServer(rival, place, workers, rival.port ?? (await freePort('127.0.0.1')), folder, onStart);
      await server.process.ready();
      return server;
    } catch (error) {
      await server?.process.stop();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get port(): number {
    return this.process.settings.port;
  }

  /** Workers that can compute at the same time. */
  get parallelism(): number {
    return Math.min(this.workers, availableParallelism());
  }

  load(options: Omit<LoadOptions, 'target'>): Promise<LoadResult> {
    return this.startLoad(options).result;
  }

  startLoad(options: Omit<LoadOptions, 'target'>): RunningLoad {
    return startLoad({ ...this.place.client, ...options, target: `${this.place.host}:${this.port}` });
  }

  /** Resolves when every worker has been replaced; a rival without a master of ours does it at SIGUSR2, and says so. */
  async reload(): Promise<void> {
    if (!this.rival.controlled) return this.#signal('SIGUSR2', 'reloaded\n');
    await askMaster(controlOf(this.#folder), { command: 'reload' }, CHANGE_DEADLINE_MS);
  }

  /** Resolves when half of the workers have gone; a rival without a master of ours does it at SIGHUP, and says so. */
  async halve(): Promise<void> {
    if (!this.rival.controlled) return this.#signal('SIGHUP', 'halved\n');
    const workers = Math.ceil(this.workers / 2);
    await askMaster(controlOf(this.#folder), { command: 'scale', workers }, CHANGE_DEADLINE_MS);
  }

  /** Resolves when it has said that it has done what the signal asks for. */
  async #signal(signal: NodeJS.Signals, answer: string): Promise<void> {
    const answers = (): number => this.process.output.split(answer).length;
    const before = answers();
    const deadline = Date.now() + CHANGE_DEADLINE_MS;
    process.kill(this.process.rootPid, signal);
    while (answers() === before) {
      if (Date.now() > deadline) {
        throw new Error(`no ${JSON.stringify(answer)} within ${CHANGE_DEADLINE_MS} ms: ${this.process.output}`);
      }
      await delay(LOOK_MS);
    }
  }

  /** What the master says of itself; undefined for a rival that has none. */
  async status(): Promise<Status | undefined> {
    if (!this.rival.controlled) return undefined;
    const args = [cliFile, 'status', '--json', '--control', controlOf(this.#folder)];
    const { stdout } = await run(process.execPath, args, { timeout: STATUS_DEADLINE_MS });
    return JSON.parse(stdout) as Status;
  }

  /** Of all threads of the process that was started first, which are alive; /proc/<pid>/stat would be cut to 10 ms. */
  rootCpuNs(): number {
    const tasks = `/proc/${this.process.rootPid}/task`;
    const ran = readdirSync(tasks).map((task) =>
      Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]),
    );
    return ran.reduce((sum, ns) => sum + ns, 0);
  }

  async stop(): Promise<void> {
    await this.process.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** For an interrupted run: no waiting. */
  killNow(): void {
    this.process.killNow();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** From beside the server, with no delay in between. */
async function probe(target: string, { serverLauncher, client }: Place): Promise<string[]> {
  const count = PROBES_AT_ONCE;
  const common = { target, count, connections: count, timeoutMs: 2_000, launcher: serverLauncher };
  const { connectionsBy } = await runLoad(client.allowAny === true ? { ...common, allowAny: true } : common);
  return Object.keys(connectionsBy);
}
