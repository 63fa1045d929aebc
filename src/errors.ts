/**
 * Errors that users see: a permanent code, the facts as fields, a cause, and a sentence that says what failed, on what,
 * why, and what to do next. Programs test the code, never the text.
 */

interface ErrorKind {
  /** What the code means, for the reference. */
  readonly meaning: string;
  /** The exit code of the command when this error ends it. */
  readonly exitCode: 1 | 2 | 3;
}

/** Every code, with its meaning and exit code. A code is never renamed or given another meaning. */
export const ERROR_KINDS = {
  ERR_USAGE: { meaning: 'The command line is not one that the program understands.', exitCode: 2 },
  ERR_CONFIG_INVALID: { meaning: 'An option has a value that it does not take, or does not exist.', exitCode: 2 },
  ERR_CONFIG_UNREADABLE: { meaning: 'The config file is missing, unreadable, malformed, or throws.', exitCode: 2 },
  ERR_SCRIPT_NOT_FOUND: { meaning: 'The script to run does not exist.', exitCode: 2 },
  ERR_NAME_IN_USE: { meaning: 'A living master has the same name.', exitCode: 2 },
  ERR_CONTROL_PATH: { meaning: 'The control socket cannot be where it should be.', exitCode: 2 },
  ERR_PIDFILE: { meaning: 'The pidfile cannot be made, or names another process that lives.', exitCode: 2 },
  ERR_LOG_FILE: { meaning: 'The log file, or the access log, cannot be opened or written.', exitCode: 2 },
  ERR_METRICS_BIND: { meaning: 'The address for metrics and health cannot be listened on.', exitCode: 2 },
  ERR_DASHBOARD_BIND: { meaning: 'The address for the dashboard cannot be listened on.', exitCode: 2 },
  ERR_DASHBOARD_TOKEN: { meaning: 'The file with the token of the dashboard cannot be used.', exitCode: 2 },
  ERR_HOOK: { meaning: 'A hook of the config file has failed, or not ended in time.', exitCode: 1 },
  ERR_CONTROL_UNREACHABLE: { meaning: 'No master answers on the control socket.', exitCode: 1 },
  ERR_LISTENER_BIND: { meaning: 'An address could not be bound.', exitCode: 3 },
  ERR_STRANGER: { meaning: 'A socket that is not ours listens on the same address.', exitCode: 3 },
  ERR_WORKER_NOT_READY: { meaning: 'A worker did not get ready in time.', exitCode: 3 },
  ERR_WORKER_EXITED: { meaning: 'A worker exited before it was ready.', exitCode: 3 },
  ERR_WORKER_HUNG: { meaning: 'The event loop of a worker did not turn any more.', exitCode: 1 },
  ERR_STEERING_DENIED: { meaning: 'The policy needs a right that this process does not have.', exitCode: 2 },
  ERR_USER_DENIED: {
    meaning: 'The workers cannot run as the user that was asked for: it, or the master, lacks a right.',
    exitCode: 2,
  },
  ERR_NO_PROC: { meaning: 'The kernel tells nothing about processes: /proc is not mounted.', exitCode: 2 },
  ERR_PROGRAM: { meaning: 'A steering program is not one, or the kernel refused it.', exitCode: 2 },
  ERR_PINNED: {
    meaning: 'A pinned program or map is missing, in use, something else, or cannot be made.',
    exitCode: 2,
  },
  ERR_PAGE: { meaning: 'What should be a state page is none of this version.', exitCode: 2 },
  ERR_GROUP_MEMBER: { meaning: 'A socket cannot be a member of the group.', exitCode: 2 },
  ERR_ARGUMENT: { meaning: 'A call of the library was given what it does not take.', exitCode: 2 },
  ERR_CLOSED: { meaning: 'What the library was asked to use has been closed.', exitCode: 1 },
  ERR_CRASH_LOOP: { meaning: 'The workers exit again and again.', exitCode: 1 },
  ERR_ADDON_MISSING: { meaning: 'The native addon is not there, or was built for something else.', exitCode: 1 },
  ERR_RELOAD_ABORTED: {
    meaning: 'A reload stopped before it was complete; the predecessors still serve.',
    exitCode: 1,
  },
  ERR_UPGRADE_FAILED: {
    meaning: 'A new master could not take charge; the one that was asked still is.',
    exitCode: 1,
  },
  ERR_BUSY: { meaning: 'The master is doing something that excludes the request.', exitCode: 1 },
  ERR_TIMEOUT: { meaning: 'What was asked for did not happen in the given time.', exitCode: 1 },
  ERR_RESULT_UNREADABLE: {
    meaning: 'A file with the result of a benchmark is missing or cannot be read.',
    exitCode: 2,
  },
  ERR_RESULT_INVALID: {
    meaning: 'What should be the result of a benchmark is cut short, something else, or of another version.',
    exitCode: 2,
  },
  ERR_BENCH_TOOLS: { meaning: 'What `reuseport bench` needs is not there and cannot be built.', exitCode: 1 },
  ERR_UNSUPPORTED_NODE: { meaning: 'This Node version cannot do what was asked for.', exitCode: 1 },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KINDS;

export interface ReuseportErrorOptions {
  readonly cause?: unknown;
  /** The facts of the message as data: addresses, slots, paths, limits. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** An error that the user is meant to read and act on. Anything else that reaches the top is a defect of ours. */
export class ReuseportError extends Error {
  readonly code: ErrorCode;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ReuseportErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'ReuseportError';
    this.code = code;
    this.fields = options.fields ?? {};
  }

  /** The exit code of a command that ends with this error. */
  get exitCode(): 1 | 2 | 3 {
    return ERROR_KINDS[this.code].exitCode;
  }
}
