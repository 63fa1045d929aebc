/** A listener for the program: from the master's custody, or bound here and handed to it. */
import { resolve } from 'node:path';
import type { ListenTarget, ToMaster } from '../channel/messages.js';
import { bindTarget } from '../listener/bind-target.js';
import { makeSpare } from '../listener/spare-link.js';
import type { Addon, SystemError } from '../native/addon.js';
import { listenError } from './errors.js';
import { ListenRefusal, type MasterLink } from './link.js';
import type { ServerRegistry } from './servers.js';

/** What a server asks for. `address` null is "unspecified"; `port` -1 a path. */
export interface ListenWish {
  address: string | null;
  port: number;
  ipv6Only: boolean;
}

export interface Acquired {
  key: string;
  /** Owned by the caller, in custody as well, not yet listening. */
  fd: number;
  /** What the first server on this listener gave along. */
  data: string | null;
}

/** Where the asker is another than Node's own servers. */
export interface AcquireOptions {
  /** Can it be given connections that were accepted elsewhere. */
  takesAccepted: boolean;
  /** May it serve on the listener of that name beside the server of this program that is there already. */
  mayShare(key: string): boolean;
}

export type Held = Omit<Extract<ToMaster, { type: 'holds' }>, 'type'>;

export class ListenerSource {
  readonly #addon: Addon;
  readonly #link: MasterLink;
  readonly #servers: ServerRegistry;
  readonly #ofNode: AcquireOptions;
  readonly #ordinals = new Map<string, number>();
  /** What is in use, by key, as another master has to know it. */
  readonly #held = new Map<string, Held>();

  /** `takesAccepted`: Node's servers can be given connections that were accepted elsewhere. */
  constructor(addon: Addon, link: MasterLink, servers: ServerRegistry, takesAccepted: boolean) {
    this.#ofNode = { takesAccepted, mayShare: () => false };
    this.#addon = addon;
    this.#link = link;
    this.#servers = servers;
  }

  /** Throws the error that Node's own `listen` would emit. */
  acquire(wish: ListenWish, data: string | null, options: AcquireOptions = this.#ofNode): Acquired {
    try {
      const target = this.#targetOf(wish);
      const acquired = this.#obtain(target, wish, data, options);
      const { key } = acquired;
      this.#held.set(key, { key, target, data: acquired.data, takesAccepted: options.takesAccepted });
      return acquired;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) throw error;
      throw listenError(error.code, wish.address, wish.port, error.message);
    }
  }

  /** The program closed the listener. */
  released(key: string): void {
    this.#held.delete(key);
    this.#link.send({ type: 'closed', key });
  }

  /** What the listener of that name was asked for as; undefined when it is not in use. */
  held(key: string): Held | undefined {
    return this.#held.get(key);
  }

  #targetOf({ address, port, ipv6Only }: ListenWish): ListenTarget {
    if (port < 0) return { kind: 'unix', path: absolutePath(address ?? '') };
    let ordinal = 0;
    if (port === 0) {
      const name = `${address}/${ipv6Only}`;
      ordinal = this.#ordinals.get(name) ?? 0;
      this.#ordinals.set(name, ordinal + 1);
    }
    return { kind: 'tcp', address, port, ipv6Only, ordinal };
  }

  #obtain(target: ListenTarget, wish: ListenWish, offered: string | null, options: AcquireOptions): Acquired {
    const { id, grant } = this.#link.requestListen(target, offered, options.takesAccepted);
    const { key, fd, data } = grant;
    if (this.#servers.isServed(key) && !(fd !== null && options.mayShare(key))) {
      const why = 'this program has a server on that address already';
      if (fd === null) this.#link.send({ type: 'bind-failed', id, key, code: 'EADDRINUSE', message: why });
      else this.#addon.close(fd);
      throw new ListenRefusal('EADDRINUSE', why);
    }
    if (fd !== null) return { key, fd, data };
    const bound = this.#bind(id, key, target, wish, grant.port);
    try {
      return { key, fd: bound, data: this.#link.keep(id, key, bound) };
    } catch (error) {
      this.#addon.close(bound);
      throw error;
    }
  }

  #bind(id: number, key: string, target: ListenTarget, wish: ListenWish, port: number): number {
    try {
      if (target.kind === 'unix') return bindUnix(this.#addon, target.path, wish.address ?? '');
      return bindTarget(this.#addon, target.address, port, target.ipv6Only);
    } catch (error) {
      const { code, message } = error as SystemError;
      this.#link.send({ type: 'bind-failed', id, key, code, message });
      throw error;
    }
  }
}

/** Bytes of sun_path, less the NUL. */
const LONGEST_PATH = 107;

/** By its absolute path, except where only the relative one, as the program gave it, is short enough. */
function bindUnix(addon: Addon, absolute: string, given: string): number {
  if (absolute.startsWith('\0')) return addon.bindUnixListener(abstractName(absolute));
  const path = [absolute, given].find((text) => Buffer.byteLength(text) <= LONGEST_PATH);
  if (path === undefined) throw new ListenRefusal('EINVAL', `${absolute}: longer than ${LONGEST_PATH} bytes`);
  try {
    const fd = addon.bindUnixListener(path);
    makeSpare(absolute);
    return fd;
  } catch (error) {
    const { code, message } = error as SystemError;
    // As libuv says it.
    if (code === 'ENOENT') throw new ListenRefusal('EACCES', message);
    throw error;
  }
}

/** libuv before Node 22 takes all of sun_path for the name, so that is what its clients connect to. */
function abstractName(name: string): string {
  return Number(process.versions.node.split('.')[0]) < 22 ? name.padEnd(LONGEST_PATH + 1, '\0') : name;
}

function absolutePath(path: string): string {
  return path.startsWith('\0') ? path : resolve(path);
}
