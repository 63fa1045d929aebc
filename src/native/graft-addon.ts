/** The addon's types for server libraries that are addons themselves, and accept by themselves. Errors as in addon.ts. */

/** The connections of one listener of a library behind {@link GraftAddon.hookAccepts}, which closes them, and it, itself. */
export interface NativeAcceptMeter {
  /** Connections that the library has accepted on it or was given. */
  readonly accepted: number;
  /** How many of them it has not closed. */
  readonly openConnections: number;
  /** How many it was given and has not looked at yet. */
  readonly waiting: number;
  /** The library listens on `fd`, too: from now on it finds there what it is given, and nothing else. */
  feedOn(fd: number): void;
  /** Gives the library a connection, as if it had accepted it. False: not after {@link feedOn}, and it is the caller's still. */
  feed(fd: number): boolean;
  /** shutdown(SHUT_WR) of all open connections: each client sees the end. */
  shutDownAll(): void;
}

export interface GraftAddon {
  /**
   * The literal address that a server on this host name binds, as getaddrinfo(3) gives them for AI_PASSIVE: of IPv6 if there
   * is one; null: none. Waits for the name server.
   */
  resolveHost(host: string): string | null;
  /** The descriptor of this process that listens on 127.0.0.1 at this port. */
  findLoopbackListener(port: number): number | null;
  /** Calls of accept4 and close in the loaded addon at `path` go through ours, for good. Returns why they cannot; null: they do. */
  hookAccepts(path: string): string | null;
  /**
   * What meters count on this thread is added to openConnections and connections of a slot's row, too; null: of none any more.
   * `page`: from KernelAddon.mapShared.
   */
  publishAccepts(page: ArrayBuffer | null, slot: number): void;
  /** Of the listening `fd`. @throws SystemError EMFILE: there are too many */
  AcceptMeter: new (fd: number) => NativeAcceptMeter;
}
