import type { Loss } from './judge.js';

/** What the clients, a process of their own, are told. */
export type ToClients =
  | { type: 'begin'; plan: ClientPlan }
  /** Open no more, and say `calm` when every request is answered. */
  | { type: 'pause' }
  | { type: 'go-on' }
  | { type: 'end' };

export interface ClientPlan {
  host: string;
  port: number;
  /** Clients' addresses begin with this; the rest is 1 to 250. */
  sources: string;
  /** New connections per second, one request on each. */
  ratePerSecond: number;
  /** Connections that stay open and send now and then. */
  keptAlive: number;
}

export type FromClients =
  | { type: 'ready' }
  | { type: 'lost'; loss: Loss }
  /** Nothing is under way; so many connections are open. Said again when one of those closes. */
  | { type: 'calm'; open: number }
  | { type: 'ended'; connections: number; answered: number; slowestMs: number };
