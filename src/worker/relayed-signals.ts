/**
 * Signals in a worker with several event loops. Node gives them to the main thread alone; the program, which runs in every
 * thread, expects them in each: those that it handles in the main thread are emitted in the others, too.
 */
import { constants } from 'node:os';

/** A bit for each signal; those of real time have numbers beyond, and no names in Node. */
const bitOf = (signal: number) => 1 << signal;

/** Of ECMAScript 2024, and of V8 since 8.7. */
interface AtomicWaits {
  waitAsync(memory: Int32Array, index: number, value: number): { value: string | Promise<string> };
}

/** Calls `then` when the word is another than `value`, or may be, in another turn. Keeps nothing alive. */
export function whenChanged(memory: Int32Array, index: number, value: number, then: () => void): void {
  const { value: woken } = (Atomics as unknown as AtomicWaits).waitAsync(memory, index, value);
  if (typeof woken === 'string') setImmediate(then);
  else void woken.then(then);
}

/** In the main thread: calls `relay` with each signal that the program handles there. */
export function watchSignals(relay: (signal: NodeJS.Signals) => void): void {
  const watched = new Set<string | symbol>();
  process.on('newListener', (name: string | symbol) => {
    if (watched.has(name) || !isSignal(name)) return;
    watched.add(name);
    process.on(name, relay);
  });
  process.on('removeListener', (name: string | symbol) => {
    // With the program's last handler ours goes, so that the signal has its usual effect again.
    if (!watched.has(name) || !isSignal(name) || process.listenerCount(name) > 1) return;
    watched.delete(name);
    process.removeListener(name, relay);
  });
}

export function sendSignal(memory: Int32Array, index: number, signal: NodeJS.Signals): void {
  Atomics.or(memory, index, bitOf(constants.signals[signal]));
  Atomics.notify(memory, index);
}

/** In a thread: emits what comes. Keeps nothing alive. */
export function receiveSignals(memory: Int32Array, index: number): void {
  const bits = Atomics.exchange(memory, index, 0);
  for (const [name, number] of Object.entries(constants.signals)) {
    if (number < 32 && (bits & bitOf(number)) !== 0) process.emit(name as NodeJS.Signals, name as NodeJS.Signals);
  }
  whenChanged(memory, index, 0, () => receiveSignals(memory, index));
}

function isSignal(name: string | symbol): name is NodeJS.Signals {
  return typeof name === 'string' && name in constants.signals;
}
