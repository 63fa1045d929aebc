/** What the bootstrap shares with the program through `reuseport/worker`: they are two copies of code in one process. */
export interface WorkerContext {
  /** undefined in a spare. */
  slot: number | undefined;
  /** Calls `handler` when a spare is given its slot. */
  onSlot(handler: (slot: number) => void): void;
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
