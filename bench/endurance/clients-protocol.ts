import type { Loss } from '../chaos/judge.js';

/** Clients that keep their connection: a process of their own. */
export interface ClientsPlan {
  port: number;
  keepAlive: number;
  websockets: number;
  /** The module `ws`. */
  wsModule: string | undefined;
  seed: number;
}

export const lossKinds = ['refused', 'reset', 'cut', 'unanswered', 'wrong'] as const;
/** `reset`: ECONNRESET or a WebSocket that ends without a close frame; `cut`: closed while an answer was due. */
export type LossKind = (typeof lossKinds)[number];

export interface ClientLoss extends Loss {
  from: 'new connection' | 'keep-alive' | 'WebSocket';
  kind: LossKind;
}

export interface ClientCounts {
  requests: number;
  /** Connections that an answer announced the end of, or that were closed while nothing was due. */
  reconnects: number;
  messages: number;
  /** WebSockets that were closed by a close frame of the server. */
  told: number;
}

export type ToClients = { type: 'begin'; plan: ClientsPlan } | { type: 'end' };

export type FromClients =
  | { type: 'ready' }
  /** Every client has had an answer. */
  | { type: 'all-answered' }
  | { type: 'lost'; loss: ClientLoss }
  | { type: 'ended'; counts: ClientCounts };
