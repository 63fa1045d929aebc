import type { Addon, NativeChannel, SystemError } from '../native/addon.js';
import { MessageError } from './decode.js';

export interface ChannelHandlers<In> {
  onMessage(message: In, fds: number[]): void;
  /** The peer is gone. The channel is closed. */
  onClose(error?: SystemError): void;
  /** A message that cannot be decoded; its descriptors have been closed. */
  onBadMessage(error: MessageError): void;
}

/**
 * Typed messages over the addon's channel. Descriptors that come with a message belong to the handler; those of a
 * message that cannot be decoded are closed here.
 */
export class TypedChannel<In, Out extends { type: string }> {
  readonly #native: NativeChannel;
  readonly #decode: (data: Buffer) => In;
  readonly #addon: Addon;
  #open = true;

  constructor(addon: Addon, fd: number, decode: (data: Buffer) => In, handlers: ChannelHandlers<In>) {
    this.#addon = addon;
    this.#decode = decode;
    this.#native = new addon.Channel(fd, {
      onMessage: (data, fds) => {
        try {
          handlers.onMessage(this.#take(data, fds), fds);
        } catch (error) {
          if (!(error instanceof MessageError)) throw error;
          handlers.onBadMessage(error);
        }
      },
      onClose: (error) => {
        this.#open = false;
        handlers.onClose(error);
      },
    });
  }

  get open(): boolean {
    return this.#open;
  }

  /** Sends, and returns whether it could: a peer that is gone is not an error here, its close event says so. */
  send(message: Out, fds: readonly number[] = []): boolean {
    if (!this.#open) return false;
    try {
      this.#native.send(JSON.stringify(message), fds);
      return true;
    } catch (error) {
      const code = (error as SystemError).code;
      if (code === 'EPIPE' || code === 'ECONNRESET') return false;
      throw error;
    }
  }

  /** The next message without turning the loop: null when `timeoutMs` is over, `'closed'` when the peer is gone. */
  receiveSync(timeoutMs: number): { message: In; fds: number[] } | 'closed' | null {
    const received = this.#native.receiveSync(timeoutMs);
    if (received === null || received === 'closed') return received;
    return { message: this.#take(received.data, received.fds), fds: received.fds };
  }

  ref(): void {
    this.#native.ref();
  }

  unref(): void {
    this.#native.unref();
  }

  close(): void {
    this.#open = false;
    this.#native.close();
  }

  #take(data: Buffer, fds: number[]): In {
    try {
      return this.#decode(data);
    } catch (error) {
      for (const fd of fds) this.#addon.close(fd);
      throw error;
    }
  }
}
