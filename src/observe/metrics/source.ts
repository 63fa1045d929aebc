/** What the metrics address tells, of whichever master is in charge in this process. */
import type { Logger } from '../log.js';
import type { EndpointService } from '../http-endpoint.js';
import type { Master } from '../../supervisor/master.js';
import { exposition, EXPOSITION_TYPE } from './exposition.js';
import { liveness, readiness } from './health.js';
import { addressReadings, type MetricsAbout, newScrapeMemory, takeReading } from './reading.js';
import { respond, type ResponderSource } from './responder.js';

export function metricsService(log: Logger, source: ResponderSource): EndpointService {
  return {
    name: 'metrics',
    title: 'metrics and health',
    bindError: 'ERR_METRICS_BIND',
    announce: (where) => `metrics and health on http://${where}`,
    respond: (request, response) => respond(request, response, source, log),
    release: () => {},
    memory: null,
    remember: () => {},
  };
}

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
