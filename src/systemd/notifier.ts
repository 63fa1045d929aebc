/** What systemd is told (sd_notify(3)): one datagram for each thing, to the socket that it names. Nothing without it. */
import type { Addon } from '../native/addon.js';
import type { Logger } from '../observe/log.js';

export class Notifier {
  readonly #addon: Addon;
  readonly #log: Logger;
  readonly #path: string | null;
  readonly #watchdogMs: number | null;
  /** Has the unit a descriptor store. */
  readonly stores: boolean;
  #timer: NodeJS.Timeout | undefined;
  #failed = false;

  /** @param env NOTIFY_SOCKET; WATCHDOG_USEC where the unit has WatchdogSec=, FDSTORE where it has FileDescriptorStoreMax= */
  constructor(addon: Addon, log: Logger, env: Readonly<Record<string, string | undefined>>) {
    this.#addon = addon;
    this.#log = log;
    const path = env['NOTIFY_SOCKET'] ?? '';
    // systemd writes an abstract name with an @ in front.
    this.#path = path.startsWith('/') ? path : path.startsWith('@') ? `\0${path.slice(1)}` : null;
    // Since systemd 254; before, the unit has to say so itself.
    this.stores = this.#path !== null && Number(env['FDSTORE']) > 0;
    const watchdogUs = Number(env['WATCHDOG_USEC']);
    this.#watchdogMs = watchdogUs > 0 ? watchdogUs / 1000 : null;
  }

  /** Every worker serves; also after `reloading`. From the first time on the watchdog is fed. */
  ready(status: string): void {
    this.#send(`READY=1\nSTATUS=${status}`);
    if (this.#watchdogMs === null || this.#timer !== undefined) return;
    // sd_watchdog_enabled(3): at half of the time. A master whose loop stands still feeds nothing.
    this.#timer = setInterval(() => this.#send('WATCHDOG=1'), this.#watchdogMs / 2).unref();
  }

  reloading(): void {
    this.#send(`RELOADING=1\nMONOTONIC_USEC=${this.#addon.monotonicNs() / 1000n}`);
  }

  stopping(): void {
    this.#send('STOPPING=1');
  }

  /** Another process is the service from now on, and feeds the watchdog. */
  handedOver(pid: number): void {
    this.#send(`MAINPID=${pid}`);
    clearInterval(this.#timer);
  }

  /** Keeps a duplicate beyond the end of this process (FileDescriptorStoreMax=), under a name of 255 characters at most. */
  store(name: string, fd: number): void {
    if (this.stores) this.#send(`FDSTORE=1\nFDNAME=${name}`, [fd]);
  }

  unstore(name: string): void {
    if (this.stores) this.#send(`FDSTOREREMOVE=1\nFDNAME=${name}`);
  }

  #send(text: string, fds: readonly number[] = []): void {
    if (this.#path === null) return;
    try {
      this.#addon.sendDatagram(this.#path, text, fds);
    } catch (error) {
      if (this.#failed) return;
      this.#failed = true;
      this.#log.warn({ event: 'notify-failed' }, `systemd was not told: ${(error as Error).message}`);
    }
  }
}
