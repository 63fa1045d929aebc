/** The next master as the present one holds it: a process started from what is on disk now, that waits for its turn. */
import { type ChildProcess, spawn } from 'node:child_process';
import { TypedChannel } from '../channel/channel.js';
import { ERROR_KINDS, type ErrorCode, ReuseportError } from '../errors.js';
import type { Addon } from '../native/addon.js';
import { ENDPOINTS, type HandedEndpoints } from '../observe/endpoints.js';
import { explainShortage } from './exit-reason.js';
import type { Handed } from './handed.js';
import { CHANNEL_FD, spawnError } from './os.js';
import { keepOwn } from './own-children.js';
import {
  decodeUpgrade,
  type FromSuccessor,
  type ToSuccessor,
  UPGRADE_VARIABLE,
  UPGRADE_VERSION,
} from './upgrade-protocol.js';

/** How long the successor has for each of its steps: to read its configuration, and to take over. */
const STEP_MS = 30_000;

export interface SuccessorOptions {
  /** Program and arguments, as this process was started. */
  command: readonly string[];
  cwd: string;
  controlPath: string;
  /** Event loops of each worker. */
  threads: number;
}

type Reply<T extends FromSuccessor['type']> = Extract<FromSuccessor, { type: T }>;

export class Successor {
  readonly #channel: TypedChannel<FromSuccessor, ToSuccessor>;
  readonly #child: ChildProcess;
  readonly #received: FromSuccessor[] = [];
  #ended: string | null = null;
  #wake: () => void = () => {};

  private constructor(addon: Addon, { command, cwd }: SuccessorOptions) {
    const [ours, theirs] = addon.socketpair();
    const decode = decodeUpgrade<FromSuccessor>(['prepared', 'failed', 'in-charge', 'replaced']);
    this.#channel = new TypedChannel(addon, ours, decode, {
      onMessage: (message, fds) => {
        for (const fd of fds) addon.close(fd);
        this.#received.push(message);
        this.#wake();
      },
      onBadMessage: (error) => this.#end(`it speaks another protocol (${error.message})`),
      onClose: () => {},
    });
    const [program = process.execPath, ...args] = command;
    // In the same session: it stays where a Ctrl-C of the terminal reaches it.
    this.#child = spawn(program, args, {
      cwd,
      env: { ...process.env, [UPGRADE_VARIABLE]: String(CHANNEL_FD) },
      stdio: ['inherit', 'inherit', 'inherit', theirs],
    });
    keepOwn(this.#child);
    addon.close(theirs);
    this.#child.once('error', (error) => {
      this.#end(`it could not be started: ${explainShortage(spawnError(error, cwd))}`);
    });
    this.#child.once('exit', (code, signal) => this.#end(`it ended (${signal ?? `exit code ${code}`})`));
  }

  /** Resolves when it is ready to take over; nothing has changed by then. @throws ReuseportError saying why it is not. */
  static async prepare(addon: Addon, options: SuccessorOptions): Promise<Successor> {
    const successor = new Successor(addon, options);
    try {
      const { version, controlPath, threads = 1 } = await successor.#expect('prepared');
      if (version !== UPGRADE_VERSION)
        throw failed(`it speaks version ${version} of this exchange, not ${UPGRADE_VERSION}`);
      if (controlPath !== options.controlPath) {
        throw failed(`its control socket is ${controlPath}, not ${options.controlPath}: a new name needs a new start`);
      }
      if (threads !== options.threads) {
        throw failed(
          `its workers have event loops: ${threads}, not ${options.threads} (--threads): that needs a new start`,
        );
      }
      return successor;
    } catch (error) {
      await successor.kill();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** How it has ended; null while it lives. */
  get exit(): { code: number | null; signal: NodeJS.Signals | null } | null {
    const { exitCode: code, signalCode: signal } = this.#child;
    return code === null && signal === null ? null : { code, signal };
  }

  /** Resolves when it is in charge. @throws ReuseportError; it has been killed then. */
  async takeCharge({ listeners, ...rest }: Handed, controlFd: number, endpoints: HandedEndpoints): Promise<void> {
    try {
      for (const { fd, ...listener } of listeners) this.#channel.send({ type: 'listener', ...listener }, [fd]);
      const { metrics, dashboard } = endpoints;
      const fds = [controlFd, ...ENDPOINTS.flatMap((name) => endpoints[name]?.fd ?? [])];
      const told = { address: dashboard?.address ?? '', token: dashboard?.memory ?? null };
      const addresses = { metrics: metrics?.address ?? null, dashboard: dashboard === null ? null : told };
      this.#channel.send({ type: 'go', ...rest, ...addresses }, fds);
      await this.#expect('in-charge');
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Whether it has replaced the workers. It takes as long as that takes. */
  async replaced(): Promise<Reply<'replaced'>['result']> {
    try {
      return (await this.#expect('replaced', null)).result;
    } catch (error) {
      const { message } = error as Error;
      return { ok: false, code: 'ERR_UPGRADE_FAILED', message: `the new master was in charge, but then: ${message}` };
    }
  }

  /** Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#channel.close();
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }

  #end(why: string): void {
    this.#ended ??= why;
    this.#wake();
  }

  async #expect<T extends FromSuccessor['type']>(type: T, withinMs: number | null = STEP_MS): Promise<Reply<T>> {
    const timer =
      withinMs === null ? undefined : setTimeout(() => this.#end(`no answer within ${withinMs / 1000} s`), withinMs);
    try {
      for (;;) {
        const message = this.#received.shift();
        if (message?.type === type) return message as Reply<T>;
        if (message?.type === 'failed') throw failed(message.message, message.code);
        if (this.#ended !== null) throw failed(this.#ended);
        if (message === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

function failed(why: string, code?: string): ReuseportError {
  const known = code !== undefined && Object.hasOwn(ERROR_KINDS, code) ? `${code as ErrorCode}: ` : '';
  const message = `the new master did not take charge: ${known}${why}. The present one goes on.`;
  return new ReuseportError('ERR_UPGRADE_FAILED', message);
}
