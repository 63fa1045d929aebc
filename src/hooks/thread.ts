/**
 * Entry of the thread in which hooks run: it loads the config file, and calls what it exports when the master says so. Errors
 * that are nobody's promise end the thread, which the master sees.
 */
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

async function run({ id, hook, about }: HookCall): Promise<HookAnswer> {
  try {
    await (await config)[hook]?.(about);
    return { id, error: null };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', (call: HookCall) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port is no window
  void run(call).then((answer) => parentPort?.postMessage(answer));
});
