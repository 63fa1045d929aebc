import { ReuseportError } from '../errors.js';
import type { ListenerInfo, TcpListenerOptions } from '../native/addon.js';
import { loadAddon } from '../native/load.js';

export interface ListenerOptions extends TcpListenerOptions {
  /** Accept-queue limit in connections, 1 to 2^31-1; default 4096. The kernel cuts it to net.core.somaxconn. */
  backlogConnections?: number;
}

export const DEFAULT_BACKLOG_CONNECTIONS = 4096;

/**
 * A listening TCP socket with SO_REUSEPORT: a member of the group of its address. Owns its descriptor until
 * {@link Listener.release} or {@link Listener.close}; connections that arrive wait in its accept queue.
 *
 * The kernel joins a socket to its group at listen(2), by address, port, namespace, v6only flag, bound device and the
 * effective uid that made the socket (net/core/sock_reuseport.c, net/ipv4/inet_hashtables.c).
 */
export class Listener {
  #fd: number | null;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Binds and listens.
   *
   * @throws TypeError or RangeError naming the option; a SystemError (`EADDRINUSE`, `EACCES`, …) with code, errno, syscall
   *   and subject. No descriptor is left open then.
   */
  static open({ backlogConnections = DEFAULT_BACKLOG_CONNECTIONS, ...options }: ListenerOptions): Listener {
    const addon = loadAddon();
    const fd = addon.bindTcpListener(options);
    try {
      addon.listen(fd, backlogConnections);
    } catch (error) {
      addon.close(fd);
      throw error;
    }
    return new Listener(fd);
  }

  /** The descriptor, still owned by this object. @throws ReuseportError ERR_CLOSED when it has been closed or released. */
  get fd(): number {
    if (this.#fd !== null) return this.#fd;
    throw new ReuseportError('ERR_CLOSED', 'the listener is closed, or its descriptor was released; open another one');
  }

  /** Another descriptor of the same socket, for whoever is to serve on it, and to close: the queue is one. */
  dup(): number {
    return loadAddon().dup(this.fd);
  }

  /** Address, queue length and limit, drops and inode, read from the kernel now. */
  info(): ListenerInfo {
    return loadAddon().listenerInfo(this.fd);
  }

  /** Gives the descriptor away: whoever takes it closes it. */
  release(): number {
    const { fd } = this;
    this.#fd = null;
    return fd;
  }

  /** Closes the descriptor. What waits in the queue is reset, unless another process holds a dup. Idempotent. */
  close(): void {
    if (this.#fd === null) return;
    loadAddon().close(this.#fd);
    this.#fd = null;
  }
}
