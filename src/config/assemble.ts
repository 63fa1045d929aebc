/** Valid layers become the configuration: defaults filled in, relative paths made absolute, units put in the names. */

import { resolve } from 'node:path';

import { checkControlPath, defaultControlPath } from './control-path.js';
import type { ConfigHost } from './host.js';
import type { Layer } from './layer.js';
import { DEFAULT_SOURCE, mergeVariables, pick } from './merge.js';
import type { Picked } from './merge.js';
import { defaultName } from './name.js';
import type { ConfigSources, Resolution, ResolvedConfig, Source } from './resolved-config.js';

/** net.core.somaxconn since Linux 5.4; the kernel cuts a backlog to it. */
const DEFAULT_BACKLOG = 4096;
const DEFAULT_TIMEOUT_MS = 30_000;
/** What statsd itself adds up before it passes on. */
const DEFAULT_STATSD_INTERVAL_MS = 10_000;
/** A worker that is let go and wanted again soon costs more than one that idles for that long. */
const DEFAULT_SHRINK_AFTER_MS = 60_000;
/** Longer than the turns of a healthy loop, shorter than a stall that a client would notice. */
const DEFAULT_RESCUE_AFTER_MS = 5;

type Row<Value> = { readonly value: Value; readonly source: Source };
type Rows = { readonly [Key in keyof ResolvedConfig]: Row<ResolvedConfig[Key]> };

function absolute({ value, source, layer }: Picked<string>, cwd: string): Row<string> {
  return { source, value: resolve(layer?.baseFolder ?? cwd, value) };
}

function absoluteIfGiven({ value, source, layer }: Picked<string | undefined>, cwd: string): Row<string | undefined> {
  return value === undefined ? { value, source } : absolute({ value, source, layer }, cwd);
}

function accessLogOf(layers: readonly Layer[], cwd: string): Row<string | undefined> {
  const picked = pick(layers, 'accessLog', undefined);
  return picked.value === '-' ? picked : absoluteIfGiven(picked, cwd);
}

/** Where `chdir` leads: relative paths of scripts refer to it. */
export function workingDirectoryOf(layers: readonly Layer[], cwd: string): Row<string> {
  return absolute(pick(layers, 'chdir', cwd), cwd);
}

/**
 * Everything but what is found in files is decided here. Throws ERR_CONTROL_PATH for a socket path that is too long.
 * @param layers from weak to strong, all valid
 */
export async function assemble(
  layers: readonly Layer[],
  fixed: Pick<Rows, 'script' | 'configFile' | 'hooks'>,
  host: ConfigHost,
): Promise<Pick<Resolution, 'config' | 'sources'>> {
  const givenName = pick(layers, 'name', undefined);
  const name = givenName.value ?? (await defaultName(fixed.script.value, host.readText));
  const givenControl = pick(layers, 'control', undefined);
  const control = absoluteIfGiven(givenControl, host.cwd);
  const controlPath: Row<string> =
    control.value === undefined
      ? { value: defaultControlPath(name, host), source: DEFAULT_SOURCE }
      : { value: control.value, source: control.source };
  checkControlPath(controlPath.value);
  const rows: Rows = {
    ...fixed,
    args: pick(layers, 'args', []),
    workers: pick(layers, 'workers', 'auto'),
    threads: pick(layers, 'threads', 1),
    shrinkAfterMs: pick(layers, 'shrinkAfter', DEFAULT_SHRINK_AFTER_MS),
    bind: pick(layers, 'bind', undefined),
    backlogConnections: pick(layers, 'backlog', DEFAULT_BACKLOG),
    readyTimeoutMs: pick(layers, 'readyTimeout', DEFAULT_TIMEOUT_MS),
    gracefulTimeoutMs: pick(layers, 'gracefulTimeout', DEFAULT_TIMEOUT_MS),
    hangTimeoutMs: pick(layers, 'hangTimeout', DEFAULT_TIMEOUT_MS),
    orphanGraceMs: pick(layers, 'orphanGrace', DEFAULT_TIMEOUT_MS),
    keepAliveMs: pick(layers, 'keepAlive', undefined),
    workingDirectory: workingDirectoryOf(layers, host.cwd),
    name: { value: name, source: givenName.source },
    env: mergeVariables(layers),
    nodeArgs: pick(layers, 'nodeArg', []),
    watch: pick(layers, 'watch', false),
    daemon: pick(layers, 'daemon', false),
    logFile: absoluteIfGiven(pick(layers, 'logFile', undefined), host.cwd),
    accessLog: accessLogOf(layers, host.cwd),
    accessLogFormat: pick(layers, 'accessLogFormat', 'combined'),
    metrics: pick(layers, 'metrics', undefined),
    dashboard: pick(layers, 'dashboard', undefined),
    dashboardTokenFile: absoluteIfGiven(pick(layers, 'dashboardTokenFile', undefined), host.cwd),
    statsd: pick(layers, 'statsd', undefined),
    statsdIntervalMs: pick(layers, 'statsdInterval', DEFAULT_STATSD_INTERVAL_MS),
    logLevel: pick(layers, 'logLevel', 'info'),
    logFormat: pick(layers, 'logFormat', 'auto'),
    controlPath,
    pidfile: absoluteIfGiven(pick(layers, 'pidfile', undefined), host.cwd),
    pin: pick(layers, 'pin', false),
    join: pick(layers, 'join', false),
    rebalance: pick(layers, 'rebalance', true),
    surgeWorkers: pick(layers, 'surge', 1),
    spareWorkers: pick(layers, 'spares', 0),
    maxRequests: pick(layers, 'maxRequests', 0),
    maxRequestsJitter: pick(layers, 'maxRequestsJitter', 0),
    maxRssBytes: pick(layers, 'maxRss', 0),
    maxLifetimeMs: pick(layers, 'maxLifetime', 0),
    maxConnections: pick(layers, 'maxConnections', 0),
    steer: pick(layers, 'steer', 'auto'),
    rescueBy: pick(layers, 'rescueBy', 'auto'),
    rescueAfterMs: pick(layers, 'rescueAfter', DEFAULT_RESCUE_AFTER_MS),
    user: pick(layers, 'user', undefined),
    group: pick(layers, 'group', undefined),
    umask: pick(layers, 'umask', undefined),
    hookTimeoutMs: pick(layers, 'hookTimeout', DEFAULT_TIMEOUT_MS),
  };
  const entries = Object.entries(rows);
  return {
    // Object.fromEntries forgets which value belongs to which key; the type of `rows` has just checked it.
    config: Object.fromEntries(entries.map(([key, row]) => [key, row.value])) as unknown as ResolvedConfig,
    sources: Object.fromEntries(entries.map(([key, row]) => [key, row.source])) as unknown as ConfigSources,
  };
}
