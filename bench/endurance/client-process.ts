import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';

import { inProject } from '../paths.js';
import type { ClientCounts, ClientLoss, ClientsPlan, FromClients, ToClients } from './clients-protocol.js';
import { within } from './within.js';

/** All clients that keep their connection, as the run sees them. */
export class ClientProcess {
  readonly losses: ClientLoss[] = [];
  readonly #child: ChildProcess;
  readonly #said = new EventEmitter();
  readonly #kill = (): boolean => this.#child.kill('SIGKILL');

  private constructor() {
    const script = inProject('dist', 'bench', 'endurance', 'clients.js');
    // Times are bigints.
    const options = { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' } as const;
    this.#child = spawn(process.execPath, [script], { ...options, stdio: [...options.stdio] });
    // An interrupted run must not leave clients behind that connect again and again.
    process.on('exit', this.#kill);
    this.#child.on('message', (message: FromClients) => {
      if (message.type === 'lost') this.losses.push(message.loss);
      else this.#said.emit(message.type, message);
    });
    this.#child.once('exit', (code, signal) => {
      process.off('exit', this.#kill);
      this.#said.emit('error', new Error(`the clients ended with ${signal ?? code}`));
    });
  }

  /** Resolves when each has had an answer. */
  static async start(plan: ClientsPlan): Promise<ClientProcess> {
    const clients = new ClientProcess();
    try {
      await once(clients.#said, 'ready');
      const answered = once(clients.#said, 'all-answered');
      clients.#send({ type: 'begin', plan });
      if (plan.keepAlive + plan.websockets > 0) await within('the first answer to each client', () => answered);
      return clients;
    } catch (error) {
      clients.kill();
      throw error;
    }
  }

  /** Resolves when the last answer that was due has come. */
  async end(): Promise<ClientCounts> {
    const ended = once(this.#said, 'ended');
    this.#send({ type: 'end' });
    const [{ counts }] = (await ended) as [Extract<FromClients, { type: 'ended' }>];
    this.#said.on('error', () => {});
    return counts;
  }

  /** For a run that has failed. */
  kill(): void {
    this.#said.on('error', () => {});
    this.#kill();
  }

  #send(message: ToClients): void {
    this.#child.send(message);
  }
}
