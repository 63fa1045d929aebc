import type { SupervisorEvent } from '../supervisor/events.js';
import { HEEDED_SIGNALS, type HeededSignal } from './heeded-signals.js';
import type { Service } from './service.js';

/**
 * What the signals to a master ask for. The handlers stay to the end of the process: a second SIGTERM while the first is being
 * obeyed must not turn a clean end into a death by signal.
 */
export function handleSignals(service: Service): void {
  const ask = (make: (request: string) => SupervisorEvent) => () => void service.request(make);
  const actions: Record<HeededSignal, () => void> = {
    SIGTERM: ask((request) => ({ type: 'stop', mode: 'graceful', request })),
    SIGINT: ask((request) => ({ type: 'stop', mode: 'quick', request })),
    SIGQUIT: ask((request) => ({ type: 'stop', mode: 'quick', request })),
    SIGHUP: ask((request) => ({ type: 'reload', request })),
    SIGTTIN: ask((request) => ({ type: 'scale-by', workers: 1, request })),
    SIGTTOU: ask((request) => ({ type: 'scale-by', workers: -1, request })),
    // Without a handler Node would open its inspector.
    SIGUSR1: () => service.reopenLogs(),
    SIGUSR2: () => void service.upgrade(),
  };
  for (const signal of HEEDED_SIGNALS) process.on(signal, () => service.onSignal(signal, actions[signal]));
}
