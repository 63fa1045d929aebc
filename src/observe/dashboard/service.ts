/** The dashboard of whichever master is in charge in this process. */
import type { BindAddress } from '../../config/resolved-config.js';
import type { Addon } from '../../native/addon.js';
import type { Master } from '../../supervisor/master.js';
import type { EndpointService } from '../http-endpoint.js';
import type { Logger } from '../log.js';
import { BusyShares } from '../metrics/busy-shares.js';
import { type MetricsAbout, newScrapeMemory, takeReading } from '../metrics/reading.js';
import { isLoopback } from './access.js';
import { Feed, INTERVAL_MS } from './feed.js';
import { PageFiles } from './files.js';
import { respond } from './responder.js';
import { snapshotOf } from './snapshot-of.js';
import { generateToken } from './token.js';

export interface DashboardSetting {
  about: MetricsAbout;
  address: BindAddress;
  /** From a file; null: there is none. */
  token: { text: string; file: string } | null;
  /** Where the files of the page are. */
  folder: string;
  readonly nowMs: () => number;
  readonly master: () => Master;
}

export function dashboardService(addon: Addon, log: Logger, setting: DashboardSetting): EndpointService {
  const { host = '' } = setting.address;
  const isOpen = !isLoopback(addon.resolveHost(host) ?? '');
  const { token } = setting;
  let generated = token === null && isOpen ? generateToken() : null;
  let isKnown = false;
  const feed = feedOf(log, setting);
  const rules = () => ({ token: token?.text ?? generated, host });
  const parts = { files: new PageFiles(setting.folder), feed, log, rules };
  return {
    name: 'dashboard',
    title: 'the dashboard',
    bindError: 'ERR_DASHBOARD_BIND',
    announce: (where) => {
      if (token !== null) return `dashboard on http://${where}/, with the token of ${token.file}`;
      // After an upgrade it is the one that has been told already.
      return `dashboard on http://${where}/${generated === null || isKnown ? '' : `#token=${generated}`}`;
    },
    respond: (request, response) => respond(request, response, parts),
    release: () => feed.end(),
    get memory() {
      return generated;
    },
    remember: (token) => {
      if (generated === null) return;
      generated = token;
      isKnown = true;
    },
  };
}

function feedOf(log: Logger, { about, nowMs, master }: DashboardSetting): Feed {
  let memory = newScrapeMemory();
  const self = { pid: process.pid, startedAtMs: performance.timeOrigin };
  return new Feed({
    wake: () => (memory = { ...memory, shares: new BusyShares(INTERVAL_MS / 2 / 1_000) }),
    read: () => snapshotOf(takeReading(master(), about, memory, nowMs()), Date.now(), self),
    failed: (error) => {
      log.error({ event: 'dashboard-failed' }, `dashboard: could not be read: ${(error as Error).message}`);
    },
    rest: () => memory.files.retain(new Set()),
    every: (intervalMs, action) => {
      const timer = setInterval(action, intervalMs);
      return () => clearInterval(timer);
    },
  });
}
