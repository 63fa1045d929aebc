/** The library: the kernel pieces, for programs that listen without the command. */
export { ERROR_KINDS, type ErrorCode, ReuseportError } from './errors.js';
export { listen } from './listener/listen.js';
export { DEFAULT_BACKLOG_CONNECTIONS, Listener, type ListenerOptions } from './listener/listener.js';
export type { ListenerInfo, ListeningSocket, SystemError, TcpListenerOptions } from './native/addon.js';
