/** The master of a service with its control socket, and how both go from this process to another. */
import type { Addon } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import { readStatus } from '../observe/status.js';
import type { ErrorCode, ReuseportError } from '../errors.js';
import type { ControlAnswer, ControlRequest } from '../supervisor/control-protocol.js';
import { ControlServer } from '../supervisor/control-server.js';
import type { Descendants } from '../supervisor/descendants.js';
import type { RequestResult, SupervisorEvent } from '../supervisor/events.js';
import type { Handed } from '../supervisor/handed.js';
import type { Master } from '../supervisor/master.js';
import type { MasterEnd } from '../supervisor/master-options.js';
import { realOs } from '../supervisor/os.js';
import type { Predecessor } from '../supervisor/predecessor.js';
import type { Notifier } from '../systemd/notifier.js';
import type { HookRunner } from '../hooks/runner.js';
import type { Legacy } from '../supervisor/legacy.js';
import type { Pidfile } from '../supervisor/pidfile.js';
import type { StateFile } from '../supervisor/state-file.js';
import type { ServiceLogs } from './service-logs.js';
import type { Endpoints } from '../observe/endpoints.js';
import { Successor } from '../supervisor/successor.js';
import { takeOverWorkers } from '../supervisor/takeover.js';
import { askMaster } from './control-client.js';
import { folderAsNamed } from './folder-as-named.js';
import { announceMaster, InitProgram, passOn, untilInitHears } from './process-one.js';

export interface ServiceOptions {
  name: string;
  version: string;
  controlPath: string;
  notifier: Notifier;
  descendants: Descendants;
  pidfile: Pidfile | null;
  stateFile: StateFile;
  /** Listeners that an earlier process of the service has left in a store. */
  stored: Handed | null;
  hooks: HookRunner;
  logs: Pick<ServiceLogs, 'reopen'>;
  /** Where HTTP is answered on behalf of whichever master is in charge. */
  endpoints(master: () => Master): Endpoints;
  /** A master of this service, not yet started. @throws ReuseportError */
  newMaster(): Master;
}

/** How a service ends in this process; `handedOver`: it goes on in another, and this one becomes `init` if it may not end. */
export type ServiceEnd =
  (MasterEnd & { handedOver: false }) | { handedOver: true; successor: Successor; init: InitProgram | null };

export class Service {
  readonly ended: Promise<ServiceEnd>;
  readonly #addon: Addon;
  readonly #log: Logger;
  readonly #options: ServiceOptions;
  readonly #folder = folderAsNamed();
  #master: Master;
  #control: ControlServer | null = null;
  readonly #endpoints: Endpoints;
  #phase: 'in charge' | 'preparing' | 'handing over' | 'handed over' = 'in charge';
  #formerPid: number | null = null;
  #successorPid: number | null = null;
  /** Signals that came while nobody was in charge. */
  #deferred: { signal: NodeJS.Signals; action: () => void }[] = [];
  /** Settles when somebody is in charge again. */
  #interregnum: Promise<void> = Promise.resolve();
  #stopHook: Promise<void> | null = null;
  #end: (end: ServiceEnd) => void = () => {};

  constructor(addon: Addon, log: Logger, options: ServiceOptions) {
    this.#addon = addon;
    this.#log = log;
    this.#options = options;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#master = this.#newMaster();
    this.#endpoints = options.endpoints(() => this.#master);
  }

  /** Resolves when this process is in charge. @throws ReuseportError when another master is, and stays. */
  async start(predecessor: Predecessor | null): Promise<void> {
    try {
      await this.#begin(predecessor);
      this.#options.descendants.sweep();
    } catch (error) {
      // What it has pinned would outlive this process.
      this.#master.balancer.close();
      this.#options.pidfile?.remove();
      await this.#endpoints.close();
      await this.#control?.close();
      throw error;
    }
  }

  async #begin(predecessor: Predecessor | null): Promise<void> {
    const { name, controlPath } = this.#options;
    const answer = (request: ControlRequest) => this.#answer(request);
    if (predecessor === null) {
      this.#control = await ControlServer.open(controlPath, name, this.#addon, this.#log, answer);
      this.#endpoints.open(null);
      this.#options.pidfile?.publish();
      await this.#endpoints.serve();
      await this.#starting(false);
      await this.#take(this.#options.stored, this.#options.stateFile.read());
      return;
    }
    this.#formerPid = predecessor.pid;
    this.#endpoints.open(predecessor.pid);
    const { threads } = this.#master.options.supervisor;
    const { handed, controlFd, endpoints } = await predecessor.inherit(controlPath, threads);
    this.#endpoints.inherit(endpoints);
    await this.#starting(true);
    const { replaced } = await this.#take(handed, handed.legacy);
    await this.#endpoints.serve();
    this.#control = await ControlServer.inherit(controlPath, controlFd, this.#addon, this.#log, answer);
    predecessor.inCharge();
    this.#renewPidfile();
    void replaced.then((result) => predecessor.replaced(result));
  }

  /** The other master has let go: a file that cannot be written does not stop this one. */
  #renewPidfile(): void {
    try {
      this.#options.pidfile?.publish();
    } catch (error) {
      const { code, message } = error as ReuseportError;
      this.#log.error({ event: 'pidfile-failed', code }, message);
    }
  }

  /** null while, and after, it hands over. */
  get inCharge(): Master | null {
    return this.#phase === 'in charge' || this.#phase === 'preparing' ? this.#master : null;
  }

  /** What a signal asks for; while nobody is in charge it waits for who will be. */
  onSignal(signal: NodeJS.Signals, action: () => void): void {
    if (this.#successorPid !== null) passOn(signal, this.#successorPid);
    else if (this.#phase === 'handing over') this.#deferred.push({ signal, action });
    else action();
  }

  async request(make: (request: string) => SupervisorEvent): Promise<RequestResult> {
    const { notifier, name } = this.#options;
    if (this.#master.state.phase === 'stopped') return this.#requestAtTheEnd(make(''));
    let asked: SupervisorEvent['type'] | undefined;
    const result = await this.#master.request((id) => {
      const event = make(id);
      asked = event.type;
      if (asked === 'stop') notifier.stopping();
      if (asked === 'reload') notifier.reloading();
      return event;
    });
    const { phase, stopMode } = this.#master.state;
    if (asked === 'reload' && phase === 'running') notifier.ready(`${name} serves`);
    if (asked === 'stop') await this.#finish(stopMode === 'kill');
    return result;
  }

  /** The workers are gone; what they have started may not be. */
  async #requestAtTheEnd(event: SupervisorEvent): Promise<RequestResult> {
    if (event.type !== 'stop') return refused('ERR_BUSY', 'the service is stopping');
    await this.#finish(event.mode === 'quick');
    return { ok: true, fields: {} };
  }

  async #finish(atOnce: boolean): Promise<void> {
    const { descendants, hooks, pidfile } = this.#options;
    if (atOnce) descendants.kill();
    await descendants.idle();
    this.#stopHook ??= this.#master.ended.then(({ code }) => hooks.call('onStop', { code }));
    await this.#stopHook;
    pidfile?.remove();
  }

  /** What has been renamed is gone on with under its name. */
  reopenLogs(): void {
    if (this.#options.logs.reopen()) this.#master.tellOfLogs();
  }

  /** Starts what is on disk as the next master, and lets it take over. Fails without any change. */
  async upgrade(): Promise<RequestResult> {
    const busy = this.#phase === 'in charge' ? this.#obstacle() : 'an upgrade is running';
    if (busy !== null) return this.#refuseUpgrade('ERR_BUSY', busy);
    this.#phase = 'preparing';
    this.#master.sizing.pause(true);
    try {
      this.#log.info({ event: 'upgrade-started' }, 'upgrade: a new master starts');
      const result = await this.#replaceMaster();
      if (!result.ok) this.#log.error({ event: 'upgrade-failed', code: result.code }, `upgrade: ${result.message}`);
      return result;
    } catch (error) {
      const { code, message } = error as { code?: ErrorCode; message: string };
      this.#log.error({ event: 'upgrade-failed', code }, `upgrade: ${message}`);
      return refused(code ?? 'ERR_UPGRADE_FAILED', message);
    } finally {
      this.#backInCharge();
    }
  }

  /** Who has asked by a signal reads it in the log. */
  #refuseUpgrade(code: ErrorCode, why: string): RequestResult {
    this.#log.warn({ event: 'upgrade-refused', code }, `upgrade: ${why}`);
    return refused(code, why);
  }

  /** Unless another process is. */
  #backInCharge(): void {
    if (this.#phase === 'handed over') return;
    this.#phase = 'in charge';
    this.#master.sizing.pause(false);
    for (const { action } of this.#deferred.splice(0)) action();
  }

  /** Ends what workers have left, then the pidfile, and then the control socket. */
  async close(): Promise<void> {
    const { descendants, stateFile, notifier } = this.#options;
    if (this.#phase === 'handed over') {
      await this.#endpoints.close();
      await this.#control?.leave();
      return descendants.leave();
    }
    await this.#finish(false);
    if (notifier.stores) stateFile.keepOrders();
    else stateFile.remove();
    await this.#endpoints.close();
    await this.#control?.close();
  }

  async #replaceMaster(): Promise<RequestResult> {
    if (!(await untilInitHears(this.#formerPid)))
      return refused('ERR_BUSY', 'process 1 is still busy with the last one');
    const init = InitProgram.open();
    try {
      return await this.#succeed(init);
    } finally {
      if (this.#successorPid === null) init?.close();
    }
  }

  async #succeed(init: InitProgram | null): Promise<RequestResult> {
    const [script = '', ...args] = process.argv.slice(1);
    const successor = await Successor.prepare(this.#addon, {
      command: [process.execPath, ...process.execArgv, script, ...args],
      cwd: this.#folder(),
      controlPath: this.#options.controlPath,
      threads: this.#master.options.supervisor.threads,
    });
    // It has taken a while: a reload, a crash or a stop may have come in between.
    const busy = this.#obstacle();
    if (busy !== null) {
      await successor.kill();
      return refused('ERR_BUSY', busy);
    }
    const handover = this.#handOver(successor);
    this.#interregnum = handover.catch(() => {});
    await handover;
    const result = await successor.replaced();
    this.#end({ handedOver: true, successor, init });
    return result.ok ? { ok: true, fields: { pid: successor.pid } } : result;
  }

  async #handOver(successor: Successor): Promise<void> {
    const control = this.#control;
    if (control === null) throw new Error('there is no control socket yet');
    this.#phase = 'handing over';
    control.pause();
    this.#endpoints.pause();
    const handed = this.#master.abandon();
    try {
      await successor.takeCharge(handed, control.fd, this.#endpoints.handed);
    } catch (error) {
      // The workers are without a master, as after a crash: this process takes them over itself.
      this.#master = this.#newMaster();
      await this.#take(handed, handed.legacy);
      await this.#endpoints.resume();
      await control.resume();
      throw error;
    }
    this.#phase = 'handed over';
    this.#successorPid = successor.pid;
    announceMaster(this.#addon, this.#log, successor.pid);
    this.#options.notifier.handedOver(successor.pid);
    for (const { signal } of this.#deferred.splice(0)) process.kill(successor.pid, signal);
    this.#log.info({ event: 'handed-over', successorPid: successor.pid }, `master ${successor.pid} is in charge now`);
  }

  async #take(handed: Handed | null, legacy: Legacy | null): Promise<{ replaced: Promise<RequestResult> }> {
    await takeOverWorkers(this.#master, this.#addon, this.#log, { handed, legacy });
    return { replaced: this.#master.start(handed) };
  }

  #newMaster(): Master {
    const master = this.#options.newMaster();
    void master.ended.then((end) => this.#end({ ...end, handedOver: false }));
    return master;
  }

  /** Why there can be no upgrade now. */
  #obstacle(): string | null {
    const { phase, rollout, scaleRequest, everReady } = this.#master.state;
    if (phase !== 'running') return 'the service is stopping';
    if (rollout !== null) return 'a reload is running';
    if (scaleRequest !== null) return 'the number of workers is being changed';
    return everReady ? null : 'no worker is ready yet';
  }

  async #answer(request: ControlRequest): Promise<ControlAnswer> {
    await this.#interregnum;
    // Of a client that connected before another master was in charge.
    if (this.#phase === 'handed over') return { ok: true, result: await askMaster(this.#options.controlPath, request) };
    const master = this.#master;
    switch (request.command) {
      case 'status':
        return { ok: true, result: await readStatus(master, this.#options.version, realOs.nowMs()) };
      case 'reload': {
        const result = await this.request((id) => ({ type: 'reload', request: id }));
        return result.ok ? { ok: true, result: await master.reloads.last } : result;
      }
      case 'upgrade':
        return plain(await this.upgrade());
      case 'scale':
        return plain(await this.request((id) => ({ type: 'scale', workers: request.workers, request: id })));
      case 'steer': {
        const { asked, used, why } = master.steer(request.policy);
        return { ok: true, result: { asked, used, why } };
      }
      case 'stop':
        return plain(await this.request((id) => ({ type: 'stop', mode: request.mode, request: id })));
      default:
        return request satisfies never;
    }
  }

  async #starting(succeeds: boolean): Promise<void> {
    const { name, version, controlPath, hooks } = this.#options;
    const { launch, user } = this.#master.options;
    const { uid, gid, groups } = user ?? {};
    const as = user === null ? '' : ` as user ${user.title} (uid ${uid}, gid ${gid}, groups ${groups?.join(', ')})`;
    const fields = { event: 'starting', version, control: controlPath, uid, gid, groups };
    this.#log.info(fields, `${name} starts ${launch.script}${as}`);
    const begun = hooks.call('onStarting', { pid: process.pid, version, script: launch.script, succeeds });
    // Workers that have no master at this moment are not to wait for it.
    if (!succeeds) await begun;
  }
}

function plain(result: RequestResult): ControlAnswer {
  return result.ok ? { ok: true, result: result.fields } : result;
}

function refused(code: ErrorCode, message: string): Extract<RequestResult, { ok: false }> {
  return { ok: false, code, message };
}
