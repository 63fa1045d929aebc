/**
 * `--daemon`: the command starts itself once more, in a session of its own, and ends when that serves or has failed, with an
 * exit code that says which.
 */
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import type { ResolvedConfig } from '../config/resolved-config.js';
import { ReuseportError } from '../errors.js';
import type { Addon } from '../native/addon.js';

/** The descriptor on which the daemon tells how its start went. */
const VARIABLE = 'REUSEPORT_DAEMON_REPORT';
const REPORT_FD = 3;
const PASSED_ON = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

type Report = { serves: string } | { failed: string };

/** The daemon's side. */
export class DaemonReport {
  #fd: number | null;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** null where this process is not to become a daemon, or is none yet. */
  static take(addon: Addon, env: NodeJS.ProcessEnv): DaemonReport | null {
    if (env[VARIABLE] === undefined) return null;
    // Nothing that is started from here is to take itself for the daemon.
    delete env[VARIABLE];
    addon.setCloseOnExec(REPORT_FD, true);
    return new DaemonReport(REPORT_FD);
  }

  serves(where: string): void {
    this.#tell({ serves: where });
  }

  failed(why: string): void {
    this.#tell({ failed: why });
  }

  #tell(report: Report): void {
    if (this.#fd === null) return;
    try {
      writeSync(this.#fd, JSON.stringify(report));
    } catch {
      // Whoever started it is gone.
    }
    closeSync(this.#fd);
    this.#fd = null;
  }
}

export const isDaemon = (env: NodeJS.ProcessEnv): boolean => env[VARIABLE] !== undefined;

/** Without a file nobody would ever see why something went wrong. @throws ReuseportError ERR_CONFIG_INVALID */
function logFileOf({ logFile }: ResolvedConfig): string {
  if (logFile !== undefined) return logFile;
  const advice = 'Name the file for the log and what the workers print; /dev/null keeps nothing.';
  throw new ReuseportError('ERR_CONFIG_INVALID', `daemon: needs logFile (--log-file). ${advice}`);
}

/** Returns the exit code of the command, when the daemon serves or is gone. */
export function startDaemon(config: ResolvedConfig): Promise<number> {
  const logFile = logFileOf(config);
  const daemon = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    detached: true,
    env: { ...process.env, [VARIABLE]: String(REPORT_FD) },
    // What fails before there is a log is told here.
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  for (const signal of PASSED_ON) process.on(signal, () => daemon.kill(signal));
  let text = '';
  daemon.stdio[REPORT_FD]?.on('data', (data: Buffer) => (text += data.toString()));
  return new Promise((resolve, reject) => {
    daemon.once('error', reject);
    daemon.stdio[REPORT_FD]?.once('close', () => {
      if (!text.startsWith('{"serves"')) return;
      const { serves } = JSON.parse(text) as { serves: string };
      process.stdout.write(`${config.name} serves as pid ${daemon.pid} on ${serves}; its log is ${logFile}\n`);
      daemon.unref();
      resolve(0);
    });
    daemon.once('close', (code, signal) => {
      if (text.startsWith('{"serves"')) return;
      const failed = text === '' ? undefined : (JSON.parse(text) as { failed: string }).failed;
      const how = signal === null ? `exit code ${code}` : signal;
      const why = failed ?? 'see above, and in its log';
      process.stderr.write(`reuseport: ${config.name} could not start (${how}): ${why}. Its log is ${logFile}\n`);
      resolve(code ?? 1);
    });
  });
}
