import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { prepareControlFolder } from '../config/control-path.js';
import type { RunFlags } from '../config/flags.js';
import { currentHost } from '../config/host.js';
import { resolveConfig } from '../config/resolve.js';
import type { Resolution, ResolvedConfig } from '../config/resolved-config.js';
import { resolveWorkers } from '../config/workers.js';
import { ReuseportError } from '../errors.js';
import { addonPath, loadAddon } from '../native/load.js';
import { type Logger, openLog } from '../observe/log.js';
import { readStatus } from '../observe/status.js';
import type { ControlAnswer, ControlRequest } from '../supervisor/control-protocol.js';
import { ControlServer } from '../supervisor/control-server.js';
import type { RequestResult } from '../supervisor/events.js';
import type { MasterOptions } from '../supervisor/master-options.js';
import { Master } from '../supervisor/master.js';
import { realOs } from '../supervisor/os.js';
import { packageInfo } from './package-info.js';

/** Runs a script under a master until it is stopped; returns the exit code. */
export async function run(flags: RunFlags): Promise<number> {
  const { config, sources, warnings } = await resolveConfig(flags, currentHost());
  checkWorkingDirectory(config.workingDirectory, sources.workingDirectory.text);
  const { root, version } = packageInfo();
  const addon = loadAddon();
  const log = openLog({ level: config.logLevel, format: config.logFormat, name: config.name });
  for (const warning of warnings) log.warn({ event: 'config-warning' }, warning);
  sayBacklogCut(config, log);

  await prepareControlFolder(config.controlPath, sources.controlPath.kind !== 'default');
  const master = new Master(addon, realOs, log, masterOptions({ config, sources, warnings }, root));
  // Before the socket exists: a signal that comes while it is made must not leave it behind.
  const release = handleSignals(master, log);
  const control = await ControlServer.open(config.controlPath, config.name, addon, log, (request) => {
    return answer(master, version, request);
  });
  log.info({ event: 'starting', version, control: config.controlPath }, `${config.name} starts ${config.script}`);
  master.start();
  const { code, error } = await master.ended;
  if (error !== null) log.error({ event: 'failed', code: error.code }, `${error.code}: ${error.message}`);
  release();
  await control.close();
  return code;
}

function masterOptions({ config, sources }: Resolution, root: string): MasterOptions {
  return {
    name: config.name,
    steer: config.steer,
    rescueAfterMs: config.rescueAfterMs,
    supervisor: {
      workers: resolveWorkers(config.workers),
      surge: config.surgeWorkers,
      readyTimeoutMs: config.readyTimeoutMs,
      gracefulTimeoutMs: config.gracefulTimeoutMs,
    },
    worker: {
      name: config.name,
      backlogConnections: config.backlogConnections,
      backlogForced: sources.backlogConnections.kind !== 'default',
      keepAliveMs: config.keepAliveMs ?? null,
      bind: config.bind === undefined ? null : { host: config.bind.host ?? null, port: config.bind.port },
      gracefulTimeoutMs: config.gracefulTimeoutMs,
    },
    launch: {
      addon: addonPath(),
      bootstrap: join(root, 'dist', 'bundle', 'bootstrap.cjs'),
      script: config.script,
      args: config.args,
      nodeArgs: config.nodeArgs,
      cwd: config.workingDirectory,
      env: config.env,
    },
    join: config.join,
  };
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
  const limit = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  if (!(backlogConnections > limit)) return;
  const message =
    `backlog ${backlogConnections} is cut to ${limit} by the kernel. ` +
    `To raise the limit: sysctl -w net.core.somaxconn=${backlogConnections}`;
  log.warn({ event: 'backlog-cut', backlog: backlogConnections, limit }, message);
}

async function answer(master: Master, version: string, request: ControlRequest): Promise<ControlAnswer> {
  switch (request.command) {
    case 'status':
      return { ok: true, result: await readStatus(master, version, realOs.nowMs()) };
    case 'reload':
      return plain(await master.request((id) => ({ type: 'reload', request: id })));
    case 'scale':
      return plain(await master.request((id) => ({ type: 'scale', workers: request.workers, request: id })));
    case 'steer': {
      const { asked, used, why } = master.balancer.steer(request.policy);
      return { ok: true, result: { asked, used, why } };
    }
    case 'stop':
      return plain(await master.request((id) => ({ type: 'stop', mode: request.mode, request: id })));
    default:
      return request satisfies never;
  }
}

function plain(result: RequestResult): ControlAnswer {
  return result.ok ? { ok: true, result: result.fields } : result;
}

/** Returns what takes the handlers off again. */
function handleSignals(master: Master, log: Logger): () => void {
  const handlers: [NodeJS.Signals, () => void][] = [
    ['SIGTERM', () => void master.request((request) => ({ type: 'stop', mode: 'graceful', request }))],
    ['SIGINT', () => void master.request((request) => ({ type: 'stop', mode: 'quick', request }))],
    ['SIGQUIT', () => void master.request((request) => ({ type: 'stop', mode: 'quick', request }))],
    ['SIGHUP', () => void master.request((request) => ({ type: 'reload', request }))],
    ['SIGTTIN', () => void master.request((request) => ({ type: 'scale-by', workers: 1, request }))],
    ['SIGTTOU', () => void master.request((request) => ({ type: 'scale-by', workers: -1, request }))],
    // Without a handler Node would open its inspector.
    [
      'SIGUSR1',
      () => log.debug({ event: 'logs-reopened' }, 'the log is on standard error: there is nothing to reopen'),
    ],
    // Without a handler the kernel would end the master.
    ['SIGUSR2', () => log.warn({ event: 'upgrade-refused' }, 'this version cannot upgrade its master while it runs')],
  ];
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.removeListener(signal, handler);
  };
}
