/** The addon's types for processes that the supervisor does not wait for itself, and for meeting them. Errors as in addon.ts. */

/**
 * Calls back on the libuv loop while a descriptor is readable: again and again, until what makes it so is taken away. Owns
 * the descriptor, and keeps the loop alive until `unref`.
 */
export interface NativeReadableWatch {
  unref(): void;
  /** Stops and closes the descriptor. Idempotent. */
  close(): void;
}

export interface ProcessAddon {
  /** A SOCK_SEQPACKET socket that listens at `path` (`\0…` for the abstract namespace), non-blocking. Never unlinks. */
  listenPackets(path: string): number;
  /** A SOCK_SEQPACKET socket connected to `path`, for a Channel. ECONNREFUSED: nobody listens. EAGAIN: the backlog is full. */
  connectPackets(path: string): number;
  /** Has the socket SO_REUSEPORT. */
  reusesPort(fd: number): boolean;
  /** One datagram to the unix socket at `path`, with duplicates of `fds` (at most 16). Never waits: EAGAIN when it is full. */
  sendDatagram(path: string, data: string | Uint8Array, fds?: readonly number[]): void;
  /** pidfd_open(2), Linux 5.3: readable when the process ends, whoever's child it is. */
  pidfdOpen(pid: number): number;
  /** pidfd_send_signal(2), by number; 0 only looks. ESRCH: the process is gone. */
  pidfdSignal(fd: number, signal: number): void;
  /**
   * PR_SET_CHILD_SUBREAPER: from now on a descendant whose parent ends becomes a child of this process. It has to be reaped
   * with {@link ProcessAddon.reapChild}.
   */
  adoptOrphans(): void;
  /** waitid(2) for a child that Node did not start; false while it lives. ECHILD: it is no child of this process. */
  reapChild(pid: number): boolean;
  /**
   * From now on these signals, by number, wait for the program that this process will {@link ProcessAddon.become}; for good.
   * Those that Node has got before are still told to their listeners, within two turns.
   */
  holdSignals(signals: readonly number[]): void;
  /** execve(2) with `name` and `argument` as its words, and the environment as it is. Returns only by throwing. */
  become(path: string, name: string, argument: string): never;
  /** sigqueue(3): a signal by number, with a value from 0. */
  queueSignal(pid: number, signal: number, value: number): void;
  /** What `ps` shows of this process; cut to the length of its command line. Returns what is shown. */
  setTitle(title: string): string;
  /**
   * sched_setaffinity(2) for every thread of this process: it runs on that processor alone, as does what it starts. EINVAL:
   * the processor is off, or not one of its control group. `threadAlone`: for the calling thread and no other.
   */
  runOn(processor: number, threadAlone?: boolean): void;
  ReadableWatch: new (fd: number, onReadable: () => void) => NativeReadableWatch;
}
