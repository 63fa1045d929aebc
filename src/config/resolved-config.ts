/** What the configuration becomes once every layer is read: plain values, units in the names, where each came from. */

import type { HookName } from '../hooks/hooks.js';
import type { AccessFormat } from '../worker/access-line.js';
import type { Workers } from './workers.js';

export { ACCESS_FORMATS } from '../worker/access-line.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `auto` is pretty on a terminal and json elsewhere; the logger decides. */
export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export const RESCUE_WAYS = ['auto', 'steal', 'migrate'] as const;
export type RescueWay = (typeof RESCUE_WAYS)[number];

/** An address to listen on. Without a host: every address of the machine, IPv6 and IPv4, as Node's `listen(port)`. */
export interface BindAddress {
  /** A name or a literal address without brackets. */
  readonly host: string | undefined;
  /** 0 to 65535; 0 lets the kernel choose. */
  readonly port: number;
}

export interface ResolvedConfig {
  /** Absolute path as the user wrote it: symbolic links are kept, so a reload follows a link that was switched. */
  readonly script: string;
  /** What the script sees after its own path in process.argv. */
  readonly args: readonly string[];
  /** 1 to 64, or one per processor that may be used, or a range of these: see resolveWorkers. */
  readonly workers: Workers;
  /** Event loops of each worker. */
  readonly threads: number;
  /** How long there must be too little work before workers of a range are let go. */
  readonly shrinkAfterMs: number;
  /** Where a script that exports instead of listening is served; undefined when nobody said. */
  readonly bind: BindAddress | undefined;
  /** Absolute path of the config file that was read. */
  readonly configFile: string | undefined;
  readonly backlogConnections: number;
  readonly readyTimeoutMs: number;
  readonly gracefulTimeoutMs: number;
  /** How long a loop may stand still; 0: for ever. */
  readonly hangTimeoutMs: number;
  /** How long workers serve without a master before they drain. */
  readonly orphanGraceMs: number;
  /** Overrides server.keepAliveTimeout; undefined leaves what the program sets; 0 never closes, as in Node. */
  readonly keepAliveMs: number | undefined;
  /** Absolute path of the folder in which the workers run. */
  readonly workingDirectory: string;
  readonly name: string;
  /** Variables added to the environment of the workers. */
  readonly env: Readonly<Record<string, string>>;
  /** Options of Node itself for the workers. */
  readonly nodeArgs: readonly string[];
  /** Reload when files of the program change. */
  readonly watch: boolean;
  readonly daemon: boolean;
  /** Absolute path; undefined: the log goes to standard error, and what the workers print to where the master's goes. */
  readonly logFile: string | undefined;
  /** Absolute path, or `-` for standard output; undefined: there is none. */
  readonly accessLog: string | undefined;
  readonly accessLogFormat: AccessFormat;
  /** Where the master tells its metrics and health, always with a host; undefined: nowhere. */
  readonly metrics: BindAddress | undefined;
  /** Where the master shows the service as a page, always with a host; undefined: nowhere. */
  readonly dashboard: BindAddress | undefined;
  /** Absolute path. */
  readonly dashboardTokenFile: string | undefined;
  /** Where the master sends its metrics, always with a host; undefined: nowhere. */
  readonly statsd: BindAddress | undefined;
  readonly statsdIntervalMs: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Absolute path of the control socket. */
  readonly controlPath: string;
  /** Absolute path. */
  readonly pidfile: string | undefined;
  readonly join: boolean;
  /** Does each worker run on one processor alone. */
  readonly pin: boolean;
  /** May connections change their worker to even the load. */
  readonly rebalance: boolean;
  /** How many slots are replaced at a time. */
  readonly surgeWorkers: number;
  /** Loaded workers kept beside those that serve. */
  readonly spareWorkers: number;
  /** HTTP requests that a worker serves; 0: no limit. So are the next three. */
  readonly maxRequests: number;
  readonly maxRequestsJitter: number;
  readonly maxRssBytes: number;
  readonly maxLifetimeMs: number;
  /** That a worker may have open; 0: no limit. */
  readonly maxConnections: number;
  /** Name of a policy, `auto`, or `pinned:<path>`. */
  readonly steer: string;
  /** Longest turn of a loop before its queue is rescued; 0: never. */
  readonly rescueAfterMs: number;
  readonly rescueBy: RescueWay;
  /** Name or number of the user and the group that the workers run as; undefined: the master's. Not yet looked up. */
  readonly user: string | undefined;
  readonly group: string | undefined;
  /** Mode bits that the workers' new files lack, 0 to 0o777; undefined: as the master's. */
  readonly umask: number | undefined;
  /** Those that the config file exports. */
  readonly hooks: readonly HookName[];
  /** How long each of them may take. */
  readonly hookTimeoutMs: number;
}

export interface Source {
  readonly kind: 'default' | 'file' | 'environment' | 'flag';
  /** For people: `default`, `from --workers`, `from REUSEPORT_WORKERS`, `from reuseport.config.json: workers`. */
  readonly text: string;
}

export type ConfigSources = Readonly<Record<keyof ResolvedConfig, Source>>;

export interface Resolution {
  readonly config: ResolvedConfig;
  readonly sources: ConfigSources;
  /** Sentences for the user about things that were ignored; nothing was logged. */
  readonly warnings: readonly string[];
}
