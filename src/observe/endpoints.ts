/** The addresses on which a master answers HTTP, as one: opened, handed on and closed together. */
import type { Addon } from '../native/addon.js';
import { type HandedEndpoint, type HttpEndpoint, releaseEndpoint } from './http-endpoint.js';

/** In the order in which their descriptors travel. */
export const ENDPOINTS = ['metrics', 'dashboard'] as const;

export type EndpointName = (typeof ENDPOINTS)[number];

/** Listeners of another master; null: it has none of that name. */
export type HandedEndpoints = Readonly<Record<EndpointName, HandedEndpoint | null>>;

export const NO_ENDPOINTS: HandedEndpoints = { metrics: null, dashboard: null };

export class Endpoints {
  readonly #addon: Addon;
  readonly #all: Readonly<Record<EndpointName, HttpEndpoint | null>>;

  /** null: it is not asked for. */
  constructor(addon: Addon, all: Readonly<Record<EndpointName, HttpEndpoint | null>>) {
    this.#addon = addon;
    this.#all = all;
  }

  /** {@link HttpEndpoint.open} @throws ReuseportError */
  open(formerPid: number | null): void {
    for (const endpoint of this.#present()) endpoint.open(formerPid);
  }

  /** {@link HttpEndpoint.inherit}; what is not asked for any more is closed. */
  inherit(handed: HandedEndpoints): void {
    for (const name of ENDPOINTS) {
      const [own, former] = [this.#all[name], handed[name]];
      if (own !== null) own.inherit(former);
      else if (former !== null) releaseEndpoint(this.#addon, former);
    }
  }

  async serve(): Promise<void> {
    await Promise.all(this.#present().map((endpoint) => endpoint.serve()));
  }

  pause(): void {
    for (const endpoint of this.#present()) endpoint.pause();
  }

  async resume(): Promise<void> {
    await Promise.all(this.#present().map((endpoint) => endpoint.resume()));
  }

  get handed(): HandedEndpoints {
    return { metrics: this.#all.metrics?.handed ?? null, dashboard: this.#all.dashboard?.handed ?? null };
  }

  async close(): Promise<void> {
    await Promise.all(this.#present().map((endpoint) => endpoint.close()));
  }

  #present(): HttpEndpoint[] {
    return ENDPOINTS.flatMap((name) => this.#all[name] ?? []);
  }
}
