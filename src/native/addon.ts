/**
 * The types of everything that the C++ addon offers: the one place where native and TypeScript meet.
 *
 * Every function throws TypeError or RangeError naming the argument when the input is wrong, and a {@link SystemError}
 * when the kernel refuses. Descriptors are plain numbers; who receives one owns it. Every descriptor that the addon
 * creates is close-on-exec.
 */

import type { AccountAddon } from './account-addon.js';
import type { GraftAddon } from './graft-addon.js';
import type { KernelAddon } from './kernel-addon.js';
import type { ProcessAddon } from './process-addon.js';

/** What the addon throws when a system call fails: `bind 0.0.0.0:8080: EADDRINUSE (address already in use)`. */
export interface SystemError extends Error {
  /** Symbolic errno, as in `EADDRINUSE`. */
  code: string;
  /** Positive errno. */
  errno: number;
  /** The system call, as in `bind`. */
  syscall: string;
  /** What it was called on, as in `0.0.0.0:8080` or `fd 12`. */
  subject: string;
}

export interface TcpListenerOptions {
  /** Literal IPv4 or IPv6 address; a link-local one may carry its scope (`fe80::1%eth0`, `fe80::1%2`). */
  address: string;
  /** 0 to 65535; 0 lets the kernel choose. */
  port: number;
  /** SO_REUSEPORT; default true. */
  reusePort?: boolean;
  /** SO_REUSEADDR; default true. */
  reuseAddress?: boolean;
  /** IPV6_V6ONLY; default false. Ignored for IPv4. */
  ipv6Only?: boolean;
  /** TCP_DEFER_ACCEPT in seconds, 0 to 3600; default off. */
  deferAcceptSeconds?: number;
  /** TCP_FASTOPEN queue length, 0 to 65535; default off. */
  fastOpenQueue?: number;
  /** SO_INCOMING_CPU, 0 to 4095; default off. */
  incomingCpu?: number;
}

export interface ListenerInfo {
  family: 'IPv4' | 'IPv6' | 'unix';
  /** Local address as getsockname(2) gives it; scope ids as `%<number>`; a unix path for `unix`. */
  address: string;
  /** 0 for `unix`. */
  port: number;
  /** Inode of the socket, the key that sock_diag and /proc/net use. */
  inode: number;
  /** Is the socket listening (SO_ACCEPTCONN). */
  listening: boolean;
  /** Connections in the accept queue (tcpi_unacked of a listener); 0 when not listening, and for `unix`. */
  queuedConnections: number;
  /** Limit of the accept queue as the kernel keeps it (tcpi_sacked), after the cut to somaxconn; 0 as above. */
  backlogConnections: number;
  /** Packets that this listener dropped, SO_MEMINFO word 8. */
  drops: number;
}

/** A listening TCP socket of this network namespace, as sock_diag tells it. */
export interface ListeningSocket {
  family: 'IPv4' | 'IPv6';
  address: string;
  port: number;
  inode: number;
  uid: number;
  queuedConnections: number;
  backlogConnections: number;
  /** For IPv6 sockets: IPV6_V6ONLY; false for IPv4. */
  ipv6Only: boolean;
  /** Of the interface that it is bound to (SO_BINDTODEVICE, link-local addresses); 0 without one. */
  interfaceIndex: number;
}

/** A connection between its SYN and the ACK that ends the handshake. */
export interface Handshake {
  /** The kernel's name for it. */
  cookie: bigint;
  /** How often the SYN-ACK was sent again. */
  retransmissions: number;
}

export interface PeerCredentials {
  pid: number;
  uid: number;
  gid: number;
}

export interface ReceivedMessage {
  data: Buffer;
  /**
   * Descriptors that came with the message, now owned by the receiver; close-on-exec. Where the receiver has no room for
   * all of them (EMFILE) these are the first, and the rest is lost: the message must say how many there are.
   */
  fds: number[];
}

/**
 * One end of a SOCK_SEQPACKET socket, read on the libuv loop of the thread that made it. Owns its descriptor. An open
 * channel keeps the loop alive until {@link NativeChannel.unref}.
 */
export interface NativeChannel {
  /**
   * Sends one message, with duplicates of `fds` (the caller keeps its own). Queues inside when the socket is full, and
   * keeps the order. Throws a SystemError (EPIPE, EMSGSIZE, …); never raises SIGPIPE. At most 16 descriptors.
   */
  send(data: string | Uint8Array, fds?: readonly number[]): void;
  /**
   * Waits at most `timeoutMs` for the next message and returns it, without turning the loop; null when the time is over,
   * `'closed'` when the peer has closed. Messages that it returns do not reach `onMessage`.
   */
  receiveSync(timeoutMs: number): ReceivedMessage | 'closed' | null;
  ref(): void;
  unref(): void;
  /** Stops reading and closes the descriptor, after an attempt to send what is queued. Idempotent. */
  close(): void;
}

export interface NativeChannelHandlers {
  onMessage(data: Buffer, fds: number[]): void;
  /** Once: the peer closed (no error) or reading failed. The channel is closed by then. */
  onClose(error?: SystemError): void;
}

export interface Addon extends KernelAddon, ProcessAddon, AccountAddon, GraftAddon {
  /** socket, options, bind; not yet listening. Returns the descriptor. */
  bindTcpListener(options: TcpListenerOptions): number;
  /** The same for a unix-domain stream socket at `path` (`\0…` for the abstract namespace). Never unlinks. */
  bindUnixListener(path: string): number;
  /** listen(2). `backlogConnections` 1 to 2^31-1; the kernel cuts it to net.core.somaxconn. */
  listen(fd: number, backlogConnections: number): void;
  /** shutdown(SHUT_RD): listens no longer, whoever else has descriptors of it. What waits in it goes as at its close. */
  stopListening(fd: number): void;
  listenerInfo(fd: number): ListenerInfo;
  /** The `queuedConnections` of {@link listenerInfo} alone, by one system call; 0 also for what is no listener. */
  queuedConnections(fd: number): number;
  /** Dump of the listening TCP sockets by NETLINK_SOCK_DIAG, those of `port` only when it is given. */
  listeningSockets(port?: number): ListeningSocket[];
  /** Handshakes under way on a local port, of this network namespace; not those under SYN cookies, which are nowhere. */
  handshakes(port: number): Handshake[];
  /**
   * While it is on, the kernel drops SYNs that reach this listener (SO_ATTACH_FILTER, for which some kernels ask
   * CAP_NET_ADMIN); handshakes that have begun go on. Clients send their SYN again after a second.
   */
  ignoreSyns(fd: number, on: boolean): void;
  /**
   * No SYN reaches this listener any more (SO_BINDTOIFINDEX, 5.7); handshakes that have begun go on. Of use only for all
   * members of a group at once. Then clients are refused.
   */
  refuseSyns(fd: number): void;
  /** Takes that back, where it was done. @throws SystemError EPERM without CAP_NET_RAW */
  acceptSyns(fd: number): void;
  /** F_DUPFD_CLOEXEC. */
  dup(fd: number): number;
  close(fd: number): void;
  setCloseOnExec(fd: number, on: boolean): void;
  /** dup3(2): from now on `fd` is what `source` is, close-on-exec unless it is 0, 1 or 2; whatever it was before is closed. */
  replaceDescriptor(source: number, fd: number): void;
  /** A connected pair of SOCK_SEQPACKET sockets. */
  socketpair(): [number, number];
  /** SO_PEERCRED of a connected unix socket. */
  peerCredentials(fd: number): PeerCredentials;
  /**
   * Starts a thread that answers each message on the SOCK_SEQPACKET socket `fd`, which it takes over, with the JavaScript
   * stack of the calling thread, also in the midst of a turn of its loop. No answer where that runs no JavaScript. Throws
   * a SystemError where this Node does not let its stack be read; `fd` stays the caller's then.
   */
  startStackWitness(fd: number): void;
  Channel: new (fd: number, handlers: NativeChannelHandlers) => NativeChannel;
}
