/**
 * Entry of the thread in which hooks run: it loads the config file, and calls what it exports when the master says so. Errors
 * that are nobody's promise end the thread, which the master sees.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { HookAnswer, HookCall, HookThreadData } from './protocol.js';

const { configFile } = workerData as HookThreadData;
type Exported = Readonly<Record<string, ((about: unknown) => unknown) | undefined>>;
const config = (import(pathToFileURL(configFile).href) as Promise<{ default: Exported }>).then(
  (namespace) => namespace.default,
);
// Whoever calls a hook is told.
config.catch(() => {});

/** How long the main thread may take to print what a hook has: its own standard output may stand still. */
const PRINTING_MS = 5_000;

/** What a thread prints is handed to the main one line by line; the end of the thread would lose what is left. */
async function printed(): Promise<void> {
  const streams = [process.stdout, process.stderr].filter(({ writable }) => writable);
  const handed = streams.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve())));
  await Promise.race([Promise.all(handed), delay(PRINTING_MS, undefined, { ref: false })]);
}

async function run({ id, hook, about }: HookCall): Promise<HookAnswer> {
  try {
    await (await config)[hook]?.(about);
    await printed();
    return { id, error: null };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', (call: HookCall) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port is no window
  void run(call).then((answer) => parentPort?.postMessage(answer));
});
