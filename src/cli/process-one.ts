/**
 * The master as process 1 of a container, which ends with that process. So one that has handed over stays, as a small program
 * that has taken this process's place (native/init): it holds nothing, reaps, passes signals on, and ends as the master ends.
 */
import { accessSync, closeSync, constants as files, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { ReuseportError } from '../errors.js';
import type { Addon, SystemError } from '../native/addon.js';
import { companionOf } from '../native/companions.js';
import { addonPath, COMPILE_IT } from '../native/load.js';
import type { Logger } from '../observe/log.js';
import type { Successor } from '../supervisor/successor.js';
import { HEEDED_SIGNALS } from './heeded-signals.js';

const INIT = 'reuseport-init';
/** What a terminal sends, it sends to the master as well. */
const OF_TERMINALS: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGHUP']);
/** kHandover in native/init/init.cc. */
const HANDOVER = 64;
/** How long process 1 may take, once its part in an upgrade is over, until it hears of the next one. */
const LEAVES_WITHIN_MS = 10_000;
const LOOK_MS = 10;

/** The program that this process is to become: opened in time, because an upgrade may replace the files on disk. */
export class InitProgram {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** null where this is not process 1, which may simply end. @throws ReuseportError ERR_UPGRADE_FAILED */
  static open(): InitProgram | null {
    if (process.pid !== 1) return null;
    const path = companionOf(addonPath(), INIT);
    try {
      accessSync(path, files.X_OK);
      return new InitProgram(openSync(path, 'r'));
    } catch (cause) {
      const why = (cause as NodeJS.ErrnoException).code;
      const message =
        `this master is process 1 of its container and has to stay as ${path}, which cannot be executed: ${why}. ` +
        COMPILE_IT;
      throw new ReuseportError('ERR_UPGRADE_FAILED', message, { cause });
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** The master that has taken over is in charge. Resolves, with its exit code, only when it has ended by then. */
  async become(addon: Addon, successor: Successor): Promise<number> {
    addon.holdSignals(HEEDED_SIGNALS.map((name) => constants.signals[name]));
    // What came before is passed on by the listeners.
    await turn();
    await turn();
    const { exit } = successor;
    if (exit !== null) return exit.signal === null ? (exit.code ?? 1) : 128 + constants.signals[exit.signal];
    // Node has marked them. Who writes to the output of a container writes to that of process 1.
    for (const fd of [0, 1, 2]) keepOpen(addon, fd);
    return addon.become(`/proc/self/fd/${this.#fd}`, INIT, String(successor.pid));
  }
}

/** Says that `pid` is the next master, to process 1 where that is what a former one has become. */
export function announceMaster(addon: Addon, log: Logger, pid: number): void {
  if (!isInitThere()) return;
  try {
    addon.queueSignal(1, HANDOVER, pid);
  } catch (error) {
    // Of another service, run by another user.
    log.warn({ event: 'not-announced' }, `process 1 cannot be told of master ${pid}: ${(error as Error).message}`);
  }
}

/** Whether process 1 hears of the next master: not at once, where it has started this one. */
export async function untilInitHears(formerPid: number | null): Promise<boolean> {
  if (formerPid !== 1) return true;
  const untilMs = performance.now() + LEAVES_WITHIN_MS;
  while (!isInitThere()) {
    if (performance.now() >= untilMs) return false;
    await delay(LOOK_MS);
  }
  return true;
}

function keepOpen(addon: Addon, fd: number): void {
  try {
    addon.setCloseOnExec(fd, false);
  } catch (error) {
    if ((error as SystemError).code !== 'EBADF') throw error;
  }
}

function isInitThere(): boolean {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim() === INIT;
  } catch {
    return false;
  }
}

/** A signal to process 1 that is meant for the master, which is another process by now. */
export function passOn(signal: NodeJS.Signals, pid: number): void {
  const fromTerminal = OF_TERMINALS.has(signal) && [0, 1, 2].some((fd) => isatty(fd));
  if (process.pid !== 1 || fromTerminal) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has just ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
