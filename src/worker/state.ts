/** What the bootstrap shares with the program through `reuseport/worker`: they are two copies of code in one process. */
export interface WorkerContext {
  slot: number;
  generation: number;
  signal: AbortSignal;
  onDrain(handler: () => void | Promise<void>): void;
}

const KEY = Symbol.for('reuseport.worker');

type Holder = { [KEY]?: WorkerContext };

export function publishContext(context: WorkerContext): void {
  (globalThis as Holder)[KEY] = context;
}

export function readContext(): WorkerContext | undefined {
  return (globalThis as Holder)[KEY];
}
