import cluster from 'node:cluster';
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { WorkerSettings } from '../channel/messages.js';
import { prepareControlFolder } from '../config/control-path.js';
import type { RunFlags } from '../config/flags.js';
import { currentHost } from '../config/host.js';
import { resolveConfig } from '../config/resolve.js';
import type { Resolution, ResolvedConfig } from '../config/resolved-config.js';
import { splitWords } from '../config/text-values.js';
import { type Processors, processorTime, usableProcessors } from '../config/processors.js';
import { formatWorkers, isRange, resolveCount, resolveWorkers, whyFewer } from '../config/workers.js';
import { ReuseportError } from '../errors.js';
import type { Happening } from '../hooks/hooks.js';
import { HookRunner } from '../hooks/runner.js';
import { addonPath, loadAddon } from '../native/load.js';
import type { Logger } from '../observe/log.js';
import { newScrapeMemory, takeReading } from '../observe/metrics/reading.js';
import { hasOwnTitle, masterTitle } from '../observe/title.js';
import { readSysctl } from '../steering/capabilities.js';
import { Descendants } from '../supervisor/descendants.js';
import { doorPrefix, serviceId } from '../supervisor/doors.js';
import type { MasterOptions } from '../supervisor/master-options.js';
import { inspectOption } from '../supervisor/hang.js';
import type { Legacy } from '../supervisor/legacy.js';
import { Master } from '../supervisor/master.js';
import { realOs } from '../supervisor/os.js';
import { Pidfile } from '../supervisor/pidfile.js';
import { Predecessor } from '../supervisor/predecessor.js';
import { StateFile } from '../supervisor/state-file.js';
import { UPGRADE_VARIABLE } from '../supervisor/upgrade-protocol.js';
import { prepareWorkerRights, type WorkerFiles, type WorkerRights } from '../privilege/prepare.js';
import { userEnvironment } from '../privilege/user-environment.js';
import { ActivatedSockets } from '../systemd/activated.js';
import { Notifier } from '../systemd/notifier.js';
import { takePassedDescriptors } from '../systemd/passed.js';
import { storedListeners, systemdHooks } from '../systemd/systemd.js';
import { DaemonReport, isDaemon, startDaemon } from './daemon.js';
import { leaveEarlySignals } from './early-signals.js';
import { endpointsOf, readDashboardToken } from './endpoints.js';
import { packageInfo } from './package-info.js';
import { ProgramWatch } from './program-watch.js';
import { Service } from './service.js';
import { ServiceLogs } from './service-logs.js';
import { handleSignals } from './signals.js';

/** What workers leave behind must not hold a stop up for longer. */
const LONGEST_GRACE_MS = 5_000;

/** Runs a script under a master until it is stopped; returns the exit code. */
export async function run(flags: RunFlags): Promise<number> {
  const predecessor = findPredecessor();
  try {
    return await serve(flags, predecessor);
  } catch (error) {
    predecessor?.failed(error);
    throw error;
  }
}

/** Before anything else: the environment that carries it must be passed on to nobody. */
function findPredecessor(): Predecessor | null {
  return process.env[UPGRADE_VARIABLE] === undefined ? null : Predecessor.find(loadAddon(), process.env);
}

/** There whatever listens waits for an answer of the primary, which for a control socket never comes. */
function refuseClusterWorker(): void {
  if (!cluster.isWorker) return;
  const where = "PM2's cluster mode, or NODE_UNIQUE_ID in the environment";
  const advice = "Start it as a process of its own; under PM2: exec_mode: 'fork'.";
  throw new ReuseportError('ERR_USAGE', `reuseport cannot run as a worker of node:cluster (${where}). ${advice}`);
}

async function serve(flags: RunFlags, predecessor: Predecessor | null): Promise<number> {
  refuseClusterWorker();
  const resolution = await resolveConfig(flags, currentHost());
  const { config, sources, warnings } = resolution;
  if (config.daemon && predecessor === null && !isDaemon(process.env)) return startDaemon(config);
  checkWorkingDirectory(config.workingDirectory, sources.workingDirectory.text);
  const { root, version } = packageInfo();
  const addon = loadAddon();
  const files = { addon: addonPath(), bootstrap: join(root, 'dist', 'bundle', 'bootstrap.cjs') };
  const rights = prepareWorkerRights(addon, resolution, files);
  if (!hasOwnTitle()) process.title = masterTitle(config.name);
  const daemon = DaemonReport.take(addon, process.env);
  const logs = new ServiceLogs(addon, config);
  const { log } = logs;
  if (config.daemon && predecessor !== null) logs.detach();
  for (const warning of warnings) log.warn({ event: 'config-warning' }, warning);
  sayBacklogCut(config, log);
  const processors = usableProcessors(availableParallelism());
  sayWorkers(config, processors, log);
  sayHangTimeoutOff(config, log);

  const { name, controlPath } = config;
  const token = readDashboardToken(config);
  await prepareControlFolder(controlPath, sources.controlPath.kind !== 'default');
  const options = masterOptions(resolution, files, rights, processors, predecessor !== null);
  const notifier = new Notifier(addon, log, process.env);
  const passed = takePassedDescriptors(addon, process.env);
  const graceMs = Math.min(config.gracefulTimeoutMs, LONGEST_GRACE_MS);
  const descendants = new Descendants(addon, log, { service: serviceId(controlPath), graceMs });
  const sockets = new ActivatedSockets(addon, passed, process.getuid?.() ?? 0);
  const stateFile = new StateFile(controlPath, log);
  const remember = (legacy: Legacy) => stateFile.write(legacy);
  const runner = hookRunner(config, root, log);
  const happened = ({ hook, about }: Happening) => {
    if (hook === 'onReady' && daemon !== null) {
      logs.detach();
      daemon.serves(about.addresses.join(', '));
    }
    void runner.call(hook, about);
  };
  const hooks = { ...systemdHooks(notifier, name, sockets), descendants, remember, happened, logs };
  const newMaster = () => new Master(addon, realOs, log, options, hooks);
  const stored = storedListeners(addon, passed);
  // As late as can be: whatever fails before leaves nothing behind.
  const pidfile = config.pidfile === undefined ? null : Pidfile.prepare(config.pidfile, predecessor?.pid ?? null);
  const about = { name, version, controlPath, hooks: runner, logs };
  const setting = { config, token, about: { name, version }, root };
  const endpoints = (master: () => Master) => endpointsOf(addon, log, setting, master);
  const parts = { notifier, descendants, pidfile, stateFile, stored, endpoints, newMaster };
  const service = new Service(addon, log, { ...about, ...parts });
  // Before the socket exists: a signal that comes while it is made must not leave it behind.
  handleSignals(service);
  leaveEarlySignals();
  await service.start(predecessor);
  const reload = () => void service.request((request) => ({ type: 'reload', request }));
  const watch = config.watch ? await ProgramWatch.begin(config.script, log, reload) : null;
  const statsd = await beginStatsd(resolution.config, service, version, log);
  const end = await service.ended;
  statsd?.close();
  await watch?.close();
  if (!end.handedOver && end.error !== null) {
    const why = `${end.error.code}: ${end.error.message}`;
    log.error({ event: 'failed', code: end.error.code }, why);
    daemon?.failed(why);
  }
  await service.close();
  await runner.close();
  logs.close();
  // At once: while Node takes itself apart it has no handlers any more, and one more SIGTERM would make a clean end a death.
  if (!end.handedOver) process.exit(end.code);
  // The workers that this process started are another master's now: nothing is waited for.
  process.exit(end.init === null ? 0 : await end.init.become(addon, end.successor));
}

async function beginStatsd(config: ResolvedConfig, service: Service, version: string, log: Logger) {
  const { name, statsd: to, statsdIntervalMs: intervalMs } = config;
  if (to === undefined) return null;
  const { StatsdPusher } = await import('../observe/statsd/pusher.js');
  const memory = newScrapeMemory();
  const read = () => {
    const master = service.inCharge;
    return master === null ? null : takeReading(master, { name, version }, memory, realOs.nowMs());
  };
  return new StatsdPusher(log, { to, intervalMs, service: name, read });
}

function hookRunner({ name, hooks, configFile, hookTimeoutMs }: ResolvedConfig, root: string, log: Logger) {
  const entry = join(root, 'dist', 'bundle', 'hooks.js');
  return new HookRunner(log, { name, hooks, configFile: configFile ?? null, entry, timeoutMs: hookTimeoutMs });
}

function masterOptions(
  { config, sources }: Resolution,
  files: WorkerFiles,
  rights: WorkerRights,
  processors: Processors,
  succeeds: boolean,
): MasterOptions {
  const { user, runAs } = rights;
  const range = resolveWorkers(config.workers, processors, config.threads);
  return {
    name: config.name,
    steer: config.steer,
    configured: { workers: formatWorkers(config.workers), steer: config.steer },
    rescueAfterMs: config.rescueAfterMs,
    rescueBy: config.rescueBy,
    hangTimeoutMs: debuggerOf(config) === undefined ? config.hangTimeoutMs : 0,
    supervisor: {
      workers: range.min,
      threads: config.threads,
      range: range.min === range.max ? null : range,
      surge: config.surgeWorkers,
      spares: config.spareWorkers,
      readyTimeoutMs: config.readyTimeoutMs,
      gracefulTimeoutMs: config.gracefulTimeoutMs,
      limits: {
        maxRequests: config.maxRequests,
        maxRequestsJitter: config.maxRequestsJitter,
        maxRssBytes: config.maxRssBytes,
        maxLifetimeMs: config.maxLifetimeMs,
        phase: Math.random(),
      },
    },
    sizing: {
      shrinkAfterMs: config.shrinkAfterMs,
      processors: processorTime(processors),
    },
    worker: {
      name: config.name,
      backlogConnections: config.backlogConnections,
      backlogForced: sources.backlogConnections.kind !== 'default',
      keepAliveMs: config.keepAliveMs ?? null,
      bind: config.bind === undefined ? null : { host: config.bind.host ?? null, port: config.bind.port },
      gracefulTimeoutMs: config.gracefulTimeoutMs,
      orphanGraceMs: config.orphanGraceMs,
      doorPrefix: doorPrefix(config.controlPath),
      accessLog: accessLogOf(config),
      maxConnections: config.maxConnections,
      processors: config.pin ? processors.allowed : null,
    },
    launch: {
      ...files,
      script: config.script,
      args: config.args,
      nodeArgs: config.nodeArgs,
      cwd: config.workingDirectory,
      env: config.env,
      userEnv: user === null ? {} : userEnvironment(user),
      runAs,
    },
    user,
    join: config.join,
    rebalance: config.rebalance,
    succeeds,
  };
}

function accessLogOf({ accessLog, accessLogFormat: format }: ResolvedConfig): WorkerSettings['accessLog'] {
  return accessLog === undefined ? null : { format, toFile: accessLog !== '-' };
}

/** The option that lets a debugger stop the workers. */
function debuggerOf({ nodeArgs, env }: ResolvedConfig): string | undefined {
  return inspectOption([...nodeArgs, ...splitWords(env['NODE_OPTIONS'] ?? process.env['NODE_OPTIONS'] ?? '')]);
}

/** What `auto` is, where that is not plain. */
function sayWorkers({ workers: asked, threads }: ResolvedConfig, processors: Processors, log: Logger): void {
  const ends = isRange(asked) ? [asked.min, asked.max] : [asked];
  if (!ends.includes('auto')) return;
  const workers = resolveCount('auto', processors, threads);
  const why = whyFewer(workers, processors, threads);
  if (why !== null) log.info({ event: 'workers-cut', workers }, `workers auto is ${workers}: ${why}`);
  if (!isRange(asked)) return;
  const range = resolveWorkers(asked, processors, threads);
  log.info({ event: 'workers-range', ...range }, `workers ${formatWorkers(asked)} is ${formatWorkers(range)} here`);
}

function sayHangTimeoutOff(config: ResolvedConfig, log: Logger): void {
  const option = debuggerOf(config);
  if (option === undefined || config.hangTimeoutMs === 0) return;
  const message = `hangTimeout is off, because the workers run with ${option}: a debugger may stop them for as long as it likes`;
  log.info({ event: 'hang-timeout-off', option }, message);
}

function checkWorkingDirectory(folder: string, source: string): void {
  let why = 'it is no folder';
  try {
    if (statSync(folder).isDirectory()) return;
  } catch (error) {
    why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such folder' : (error as Error).message;
  }
  throw new ReuseportError('ERR_CONFIG_INVALID', `chdir: ${folder}: ${why} (${source})`, { fields: { folder } });
}

/** listen(2) cuts a longer backlog without a word. */
function sayBacklogCut({ backlogConnections }: ResolvedConfig, log: Logger): void {
  // Null where a container hides it.
  const limit = readSysctl('net/core/somaxconn');
  if (limit === null || backlogConnections <= Number(limit)) return;
  const message =
    `backlog ${backlogConnections} is cut to ${limit} by the kernel. ` +
    `To raise the limit: sysctl -w net.core.somaxconn=${backlogConnections}`;
  log.warn({ event: 'backlog-cut', backlog: backlogConnections, limit: Number(limit) }, message);
}
