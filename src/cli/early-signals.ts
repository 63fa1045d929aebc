/**
 * The kernel gives process 1 of a container no signal that it has no handler for. So a stop that comes before the service
 * exists would be lost, and whoever stops the container would wait until he kills it.
 */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

const stop = (): never => process.exit(0);

/** From here on a stop ends this process, with nothing to tidy up yet; everywhere but in process 1 the kernel sees to that. */
export function heedEarlySignals(): void {
  if (process.pid !== 1) return;
  for (const signal of SIGNALS) process.on(signal, stop);
}

/** The service has handlers of its own. */
export function leaveEarlySignals(): void {
  for (const signal of SIGNALS) process.removeListener(signal, stop);
}
