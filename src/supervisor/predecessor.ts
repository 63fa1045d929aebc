/** The present master as its successor sees it: who starts this process, and gives it everything when it is ready. */
import { TypedChannel } from '../channel/channel.js';
import type { Addon } from '../native/addon.js';
import { type HandedEndpoints, NO_ENDPOINTS } from '../observe/endpoints.js';
import type { RequestResult } from './events.js';
import type { Handed, KeptListener } from './handed.js';
import { decodeLegacy } from './legacy.js';
import {
  decodeUpgrade,
  type FromSuccessor,
  type ToSuccessor,
  UPGRADE_VARIABLE,
  UPGRADE_VERSION,
} from './upgrade-protocol.js';

export interface Inheritance {
  handed: Handed;
  /** The listener of the control socket. */
  controlFd: number;
  endpoints: HandedEndpoints;
}

export class Predecessor {
  readonly #channel: TypedChannel<ToSuccessor, FromSuccessor>;
  readonly #listeners: KeptListener[] = [];
  /** It has started this process. */
  readonly pid = process.ppid;
  #resolve: (inheritance: Inheritance) => void = () => {};
  #reject: (error: Error) => void = () => {};

  private constructor(addon: Addon, fd: number) {
    this.#channel = new TypedChannel(addon, fd, decodeUpgrade<ToSuccessor>(['listener', 'go']), {
      onMessage: (message, [fd, ...others]) => {
        const endpoints = message.type === 'go' ? takeEndpoints(message, others) : NO_ENDPOINTS;
        for (const surplus of others) addon.close(surplus);
        if (fd === undefined) return this.#reject(new Error('a listener did not arrive: too many open files'));
        if (message.type === 'listener') {
          const { slot, key, ipv6Only, takesAccepted } = message;
          this.#listeners.push({ slot, key, ipv6Only, takesAccepted, fd });
          return;
        }
        const { groups, workerUids } = message;
        const handed = { listeners: this.#listeners, groups, workerUids, legacy: decodeLegacy(message.legacy) };
        this.#resolve({ handed, controlFd: fd, endpoints });
      },
      onBadMessage: (error) => this.#reject(error),
      onClose: () => this.#reject(new Error('the former master ended before it handed over')),
    });
  }

  /** null in a process that no master has started. Takes our variable out of the environment that the workers inherit. */
  static find(addon: Addon, env: NodeJS.ProcessEnv): Predecessor | null {
    const fd = Number(env[UPGRADE_VARIABLE]);
    delete env[UPGRADE_VARIABLE];
    if (!Number.isInteger(fd) || fd <= 2) return null;
    addon.setCloseOnExec(fd, true);
    return new Predecessor(addon, fd);
  }

  /** Says that this process is ready, and resolves with everything: from then on the workers have no master. */
  inherit(controlPath: string, threads: number): Promise<Inheritance> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#channel.send({ type: 'prepared', version: UPGRADE_VERSION, controlPath, threads });
    });
  }

  inCharge(): void {
    this.#channel.send({ type: 'in-charge' });
  }

  replaced(result: RequestResult): void {
    this.#channel.send({ type: 'replaced', result: result.ok ? { ok: true } : result });
    this.#channel.close();
  }

  failed(error: unknown): void {
    const { code = '', message } = error as NodeJS.ErrnoException;
    this.#channel.send({ type: 'failed', code, message });
    this.#channel.close();
  }
}

/** Takes those descriptors out of `fds` whose addresses the message tells; fewer may have arrived. */
function takeEndpoints(
  { metrics = null, dashboard = null }: Extract<ToSuccessor, { type: 'go' }>,
  fds: number[],
): HandedEndpoints {
  const take = (told: { address: string; token: string | null } | null) => {
    const fd = told === null ? undefined : fds.shift();
    return told === null || fd === undefined ? null : { address: told.address, fd, memory: told.token };
  };
  // In the order of ENDPOINTS.
  return { metrics: take(metrics === null ? null : { address: metrics, token: null }), dashboard: take(dashboard) };
}
