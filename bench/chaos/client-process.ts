import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { inProject } from '../paths.js';
import type { ClientPlan, FromClients, ToClients } from './clients-protocol.js';
import type { Loss } from './judge.js';

/** All clients together, as the run sees them. */
export class ClientProcess {
  readonly #child: ChildProcess;
  readonly #onLoss: (loss: Loss) => void;
  #calm: number | null = null;
  #ended: Extract<FromClients, { type: 'ended' }> | undefined;

  private constructor(launcher: readonly string[], onLoss: (loss: Loss) => void) {
    this.#onLoss = onLoss;
    const script = inProject('dist', 'bench', 'chaos', 'clients.js');
    const words: readonly string[] = [...launcher, process.execPath, script];
    const [file = '', ...args] = words;
    // Times are bigints.
    this.#child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' });
    this.#child.on('message', (message: FromClients) => this.#take(message));
  }

  static async start(
    launcher: readonly string[],
    plan: ClientPlan,
    onLoss: (loss: Loss) => void,
  ): Promise<ClientProcess> {
    const clients = new ClientProcess(launcher, onLoss);
    await once(clients.#child, 'message');
    clients.#send({ type: 'begin', plan });
    return clients;
  }

  /** Connections that are open; null while anything is under way. */
  get calm(): number | null {
    return this.#calm;
  }

  /** No new connections and requests; resolves when none is under way. */
  async pause(): Promise<void> {
    this.#calm = null;
    this.#send({ type: 'pause' });
    while (this.#calm === null) await this.#wait();
  }

  goOn(): void {
    this.#calm = null;
    this.#send({ type: 'go-on' });
  }

  async end(): Promise<Extract<FromClients, { type: 'ended' }>> {
    this.#send({ type: 'end' });
    while (this.#ended === undefined) await this.#wait();
    return this.#ended;
  }

  /** For an interrupted run. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #wait(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error('the clients ended');
    await delay(5);
  }

  #send(message: ToClients): void {
    this.#child.send(message);
  }

  #take(message: FromClients): void {
    if (message.type === 'lost') this.#onLoss(message.loss);
    else if (message.type === 'calm') this.#calm = message.open;
    else if (message.type === 'ended') this.#ended = message;
  }
}
