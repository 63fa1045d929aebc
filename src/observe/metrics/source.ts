/** What the metrics address tells, of whichever master is in charge in this process. */
import type { Master } from '../../supervisor/master.js';
import { exposition, EXPOSITION_TYPE } from './exposition.js';
import { liveness, readiness } from './health.js';
import { addressReadings, type MetricsAbout, newScrapeMemory, takeReading } from './reading.js';
import type { ResponderSource } from './responder.js';

export function metricsSource(about: MetricsAbout, nowMs: () => number, master: () => Master): ResponderSource {
  const memory = newScrapeMemory();
  return {
    metrics: () => {
      return { contentType: EXPOSITION_TYPE, text: exposition(takeReading(master(), about, memory, nowMs())) };
    },
    liveness: () => liveness(master().state.phase),
    readiness: () => {
      const { state } = master();
      const readyWorkers = state.workers.filter((worker) => worker.state === 'ready').length;
      return readiness(state.phase, readyWorkers, addressReadings(master()));
    },
  };
}
