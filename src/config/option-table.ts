/**
 * Every option of `run`, once. The command line, the environment, config files, the help text and
 * docs/configuration.md all read this table. A new option is a row here, a member of ResolvedConfig, and a line in
 * assemble.ts.
 */

import { LOOPBACK } from './bind.js';
import { ACCESS_FORMATS, LOG_FORMATS, LOG_LEVELS, RESCUE_WAYS } from './resolved-config.js';
import {
  account,
  bindAddress,
  choice,
  duration,
  integer,
  matching,
  octalMode,
  onOff,
  path,
  size,
  steeringPolicy,
  variables,
  words,
  workerCount,
} from './value-kinds.js';
import type { ValueKind } from './value-kinds.js';
import { MOST_WORKERS } from './workers.js';

export interface OptionRow<Value> {
  readonly kind: ValueKind<Value>;
  readonly short?: string;
  /** How the help names the value: `<n>`. Absent for a switch. */
  readonly label?: string;
  /** The default in words, for help and reference. */
  readonly defaultText: string;
  readonly meaning: string;
  /** False for an option that a config file cannot hold. */
  readonly inFile?: false;
}

/** Names become file names and labels: no slash, and no dot in front. */
export const NAME_PATTERN = /^[A-Za-z0-9_@-][A-Za-z0-9._@-]{0,63}$/;

const MOST_REQUESTS = 1_000_000_000_000;

export const OPTIONS = {
  workers: {
    kind: workerCount(),
    short: 'w',
    label: '<n|auto|min..max>',
    defaultText: 'auto',
    meaning:
      'worker processes; auto is one per processor that may be used, within the CPU limit of the control group; of a range the load decides',
  },
  threads: {
    kind: integer(1, MOST_WORKERS),
    label: '<n>',
    defaultText: '1',
    meaning: 'event loops of each worker process, each in a thread with a slot and a listener of its own',
  },
  shrinkAfter: {
    kind: duration(1),
    label: '<duration>',
    defaultText: '1m',
    meaning: 'how long there must have been too little work for all workers of a range before some are let go',
  },
  pin: {
    kind: onOff(),
    defaultText: 'off',
    meaning: 'each worker runs on one processor alone, by its slot',
  },
  bind: {
    kind: bindAddress(),
    short: 'b',
    label: '<host:port>',
    defaultText: 'unset',
    meaning: 'where a script that exports a handler is served',
  },
  config: {
    kind: path(),
    short: 'c',
    label: '<path>',
    defaultText: 'reuseport.config.* in the current folder',
    meaning: 'config file',
    inFile: false,
  },
  steer: {
    kind: steeringPolicy(),
    label: '<policy>',
    defaultText: 'auto',
    meaning: 'how the kernel chooses a worker for a connection',
  },
  rescueAfter: {
    kind: duration(0),
    label: '<duration>',
    defaultText: '5ms',
    meaning: 'longest turn of an event loop before others take over its queue; 0ms never',
  },
  rescueBy: {
    kind: choice(RESCUE_WAYS),
    label: '<way>',
    defaultText: 'auto',
    meaning: 'how a queue is taken over: others accept from it (steal) or the kernel moves it (migrate)',
  },
  backlog: {
    kind: integer(1, 2 ** 31 - 1),
    label: '<n>',
    defaultText: '4096',
    meaning: 'connections that may wait in the accept queue of a worker',
  },
  surge: {
    kind: integer(1, MOST_WORKERS),
    label: '<n>',
    defaultText: '1',
    meaning: 'workers that are replaced at a time, by a reload or a limit',
  },
  spares: {
    kind: integer(0, MOST_WORKERS),
    label: '<n>',
    defaultText: '0',
    meaning: 'workers that have loaded the program and wait to take the place of one that dies',
  },
  maxRequests: {
    kind: integer(0, MOST_REQUESTS),
    label: '<n>',
    defaultText: '0, no limit',
    meaning: 'HTTP requests that a worker serves before it is replaced',
  },
  maxRequestsJitter: {
    kind: integer(0, MOST_REQUESTS),
    label: '<n>',
    defaultText: '0',
    meaning: 'each worker may serve up to so many requests more, so that not all are replaced together',
  },
  maxRss: {
    kind: size(),
    label: '<size>',
    defaultText: '0, no limit',
    meaning: 'resident memory at which a worker is replaced',
  },
  maxLifetime: {
    kind: duration(0),
    label: '<duration>',
    defaultText: '0s, no limit',
    meaning: 'how long a worker serves at most before it is replaced; each up to a tenth less',
  },
  maxConnections: {
    kind: integer(0, 2 ** 31 - 1),
    label: '<n>',
    defaultText: '0, no limit',
    meaning:
      'connections that a worker may have open; what comes beyond is answered 503, or closed where it is not plain HTTP',
  },
  readyTimeout: {
    kind: duration(1),
    label: '<duration>',
    defaultText: '30s',
    meaning: 'how long a worker may take to get ready',
  },
  gracefulTimeout: {
    kind: duration(0),
    label: '<duration>',
    defaultText: '30s',
    meaning: 'how long a worker may take to finish its work before it is killed',
  },
  hangTimeout: {
    kind: duration(0),
    label: '<duration>',
    defaultText: '30s',
    meaning: 'how long the event loop of a worker may stand still before it is killed and replaced; 0s for ever',
  },
  hookTimeout: {
    kind: duration(1),
    label: '<duration>',
    defaultText: '30s',
    meaning: 'how long a hook of the config file may take',
  },
  orphanGrace: {
    kind: duration(0),
    label: '<duration>',
    defaultText: '30s',
    meaning: 'how long workers serve on when their master is gone, and wait for the next',
  },
  keepAlive: {
    kind: duration(0),
    label: '<duration>',
    defaultText: 'what the program sets',
    meaning: 'idle time of a kept-alive HTTP connection; 0s never ends it',
  },
  rebalance: {
    kind: onOff(),
    defaultText: 'on',
    meaning:
      'a worker that has much more to do than another hands some of its open HTTP/1.1 connections to it; --no-rebalance: never',
  },
  join: {
    kind: onOff(),
    defaultText: 'off',
    meaning: 'share the port with listeners that are not ours',
  },
  user: {
    kind: account(),
    short: 'u',
    label: '<name|uid>',
    defaultText: "the master's",
    meaning: 'user that the workers run as; the master must be root',
  },
  group: {
    kind: account(),
    short: 'g',
    label: '<name|gid>',
    defaultText: "the user's",
    meaning: 'group that the workers run as, beside the supplementary ones of the user',
  },
  umask: {
    kind: octalMode(),
    label: '<octal>',
    defaultText: "the master's",
    meaning: 'permissions that files and unix sockets of the workers do not get',
  },
  chdir: {
    kind: path(),
    label: '<folder>',
    defaultText: 'the current folder',
    meaning: 'folder in which the workers run',
  },
  name: {
    kind: matching(NAME_PATTERN, '1 to 64 letters, digits, ".", "_", "@" or "-", no "." in front'),
    short: 'n',
    label: '<name>',
    defaultText: 'package name - script',
    meaning: 'name by which the other commands find this master',
  },
  control: {
    kind: path(),
    label: '<path>',
    defaultText: 'by name, in the runtime folder',
    meaning: 'control socket',
  },
  pidfile: {
    kind: path(),
    label: '<path>',
    defaultText: 'none',
    meaning: 'file that names the master by its pid while it is in charge',
  },
  env: {
    kind: variables(),
    label: '<KEY=VALUE>',
    defaultText: 'none',
    meaning: 'variable for the workers; repeatable',
  },
  nodeArg: {
    kind: words(),
    label: '<arg>',
    defaultText: 'none',
    meaning: 'option of Node itself for the workers; repeatable',
  },
  watch: {
    kind: onOff(),
    defaultText: 'off',
    meaning: 'reload when files of the program change: its package, without node_modules and what begins with a dot',
  },
  daemon: {
    kind: onOff(),
    short: 'D',
    defaultText: 'off',
    meaning: 'go to the background once every worker serves; needs --log-file',
  },
  logFile: {
    kind: path(),
    label: '<path>',
    defaultText: 'standard error',
    meaning: 'file for the log and for what the workers print; opened anew on USR1',
  },
  accessLog: {
    kind: path(),
    label: '<path>',
    defaultText: 'none',
    meaning: 'file with a line for each HTTP request, - for standard output; opened anew on USR1',
  },
  accessLogFormat: {
    kind: choice(ACCESS_FORMATS),
    label: '<format>',
    defaultText: 'combined',
    meaning: 'combined is that of nginx, json has duration and worker, too',
  },
  metrics: {
    kind: bindAddress(LOOPBACK),
    label: '<host:port>',
    defaultText: 'off',
    meaning: 'where the master answers /metrics (Prometheus), /healthz and /readyz; a port alone is on loopback',
  },
  dashboard: {
    kind: bindAddress(LOOPBACK),
    label: '<host:port>',
    defaultText: 'off',
    meaning:
      'where the master shows the service live, as a page; a port alone is on loopback, elsewhere a token is asked for',
  },
  dashboardTokenFile: {
    kind: path(),
    label: '<path>',
    defaultText: 'none; beyond loopback one is generated and logged',
    meaning: 'file with the token that the dashboard asks for, on loopback, too',
  },
  statsd: {
    kind: bindAddress(LOOPBACK, 1),
    label: '<host:port>',
    defaultText: 'off',
    meaning:
      'where the master sends the same metrics by UDP, as statsd with DogStatsD tags; a port alone is on loopback',
  },
  statsdInterval: {
    kind: duration(100),
    label: '<duration>',
    defaultText: '10s',
    meaning: 'how often it does so',
  },
  logLevel: {
    kind: choice(LOG_LEVELS),
    label: '<level>',
    defaultText: 'info',
    meaning: 'least severe messages that are logged',
  },
  logFormat: {
    kind: choice(LOG_FORMATS),
    label: '<format>',
    defaultText: 'auto',
    meaning: 'auto is pretty on a terminal and json elsewhere',
  },
} as const satisfies Record<string, OptionRow<unknown>>;

/** The key of an option in a config file. */
export type OptionKey = keyof typeof OPTIONS;

export type OptionValue<Key extends OptionKey> =
  (typeof OPTIONS)[Key]['kind'] extends ValueKind<infer Value> ? Value : never;

export const OPTION_KEYS = Object.keys(OPTIONS) as readonly OptionKey[];

/** The row of a key, with every optional column visible. */
export function optionRow(key: OptionKey): OptionRow<unknown> {
  return OPTIONS[key];
}

/** `readyTimeout` is `--ready-timeout` on the command line. */
export function wordOf(key: OptionKey): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `readyTimeout` is `REUSEPORT_READY_TIMEOUT` in the environment. */
export function variableOf(key: OptionKey): string {
  return `REUSEPORT_${wordOf(key).replaceAll('-', '_').toUpperCase()}`;
}

export function keyOfWord(word: string): OptionKey | undefined {
  return OPTION_KEYS.find((key) => wordOf(key) === word);
}
