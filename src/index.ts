/** The library: the kernel pieces, for programs that listen and steer without the command. */
export { ERROR_KINDS, type ErrorCode, ReuseportError } from './errors.js';
export type {
  HookName,
  Hooks,
  ReadyAbout,
  ReloadAbout,
  StartingAbout,
  StopAbout,
  WorkerAbout,
  WorkerExitAbout,
  WorkerReadyAbout,
} from './hooks/hooks.js';
export { listen, type ListenOnDescriptor, type ListenOptions, type ListenPublishing } from './listener/listen.js';
export { DEFAULT_BACKLOG_CONNECTIONS, Listener, type ListenerOptions } from './listener/listener.js';
export type { ListenerInfo, ListeningSocket, SystemError, TcpListenerOptions } from './native/addon.js';
export type { BpfProgramInfo } from './native/kernel-addon.js';
export {
  type PageDescriptors,
  type RowField,
  type RowFlag,
  type RowReading,
  StatePage,
  type StatePageOptions,
} from './state/page.js';
export type { RowPublisher } from './state/row-publisher.js';
export type { Capabilities, Capability } from './steering/capabilities.js';
export { probe } from './steering/probe.js';
export { type SteeringChoice, SteeringGroup, type SteeringGroupOptions } from './steering/steering-group.js';
