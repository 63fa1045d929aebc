/** Sends the metrics to a statsd server by UDP, at intervals: nobody answers, and nothing waits for it. */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { formatBind, LOOPBACK } from '../../config/bind.js';
import type { BindAddress } from '../../config/resolved-config.js';
import type { Logger } from '../log.js';
import type { MetricsReading } from '../metrics/reading.js';
import { METRICS } from '../metrics/table.js';
import { datagramsOf } from './datagrams.js';
import { type Baseline, linesOf } from './lines.js';

export interface PusherOptions {
  to: BindAddress;
  intervalMs: number;
  /** Tag of every line. */
  service: string;
  /** null while another master is in charge, which tells its own. */
  read: () => MetricsReading | null;
}

export class StatsdPusher {
  readonly #log: Logger;
  readonly #options: PusherOptions;
  readonly #timer: NodeJS.Timeout;
  #sockets: Partial<Record<4 | 6, Socket>> = {};
  #baseline: Baseline | null = null;
  /** A failure is told once, and again when something has gone well in between. */
  #failing = false;
  #closed = false;

  /** The first push is at once: from it on increases count. */
  constructor(log: Logger, options: PusherOptions) {
    this.#log = log;
    this.#options = options;
    const to = formatBind(options.to);
    log.info({ event: 'statsd', to, intervalMs: options.intervalMs }, `metrics go to statsd on ${to}`);
    this.#timer = setInterval(() => void this.push(), options.intervalMs).unref();
    void this.push();
  }

  /** Never rejects. */
  async push(): Promise<void> {
    try {
      const reading = this.#options.read();
      if (reading === null) return;
      const { lines, baseline } = linesOf(METRICS, reading, this.#options.service, this.#baseline);
      this.#baseline = baseline;
      await this.#send(datagramsOf(lines));
      this.#failing = false;
    } catch (error) {
      if (this.#failing) return;
      this.#failing = true;
      const { code, message } = error as NodeJS.ErrnoException;
      const why = `metrics to statsd on ${formatBind(this.#options.to)}: ${message} (--statsd). The service goes on.`;
      this.#log.warn({ event: 'statsd-failed', code }, why);
    }
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const socket of Object.values(this.#sockets)) socket.close();
    this.#sockets = {};
  }

  async #send(datagrams: readonly string[]): Promise<void> {
    const { host = LOOPBACK, port } = this.#options.to;
    // Each time: a name may lead elsewhere after a while.
    const { address, family } = await lookup(host);
    if (this.#closed) return;
    const socket = this.#socketOf(family === 6 ? 6 : 4);
    await Promise.all(
      datagrams.map((text) => {
        return new Promise<void>((resolve, reject) => {
          socket.send(text, port, address, (error) => (error === null ? resolve() : reject(error)));
        });
      }),
    );
  }

  #socketOf(family: 4 | 6): Socket {
    const known = this.#sockets[family];
    if (known !== undefined) return known;
    const socket = createSocket(`udp${family}`).unref();
    // Of a single datagram its callback tells.
    socket.on('error', () => {});
    this.#sockets[family] = socket;
    return socket;
  }
}
