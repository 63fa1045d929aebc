/** The addresses on which the master of a configuration answers HTTP. */
import { join } from 'node:path';
import type { ResolvedConfig } from '../config/resolved-config.js';
import type { Addon } from '../native/addon.js';
import { dashboardService, type DashboardSetting } from '../observe/dashboard/service.js';
import { readToken } from '../observe/dashboard/token.js';
import { Endpoints } from '../observe/endpoints.js';
import { HttpEndpoint } from '../observe/http-endpoint.js';
import type { Logger } from '../observe/log.js';
import type { MetricsAbout } from '../observe/metrics/reading.js';
import { metricsService, metricsSource } from '../observe/metrics/source.js';
import type { Master } from '../supervisor/master.js';
import { realOs } from '../supervisor/os.js';

const nowMs = () => realOs.nowMs();

export interface EndpointsSetting {
  config: Pick<ResolvedConfig, 'metrics' | 'dashboard'>;
  /** For the dashboard; null: no file has one. */
  token: DashboardSetting['token'];
  about: MetricsAbout;
  /** Of the package. */
  root: string;
}

/** @throws ReuseportError ERR_DASHBOARD_TOKEN */
export function readDashboardToken({ dashboard, dashboardTokenFile: file }: ResolvedConfig): DashboardSetting['token'] {
  return dashboard === undefined || file === undefined ? null : { text: readToken(file), file };
}

/** Nothing is bound yet. */
export function endpointsOf(addon: Addon, log: Logger, setting: EndpointsSetting, master: () => Master): Endpoints {
  const { config, about, root, token } = setting;
  const metrics = () => {
    if (config.metrics === undefined) return null;
    return new HttpEndpoint(addon, log, config.metrics, metricsService(log, metricsSource(about, nowMs, master)));
  };
  const dashboard = () => {
    if (config.dashboard === undefined) return null;
    const folder = join(root, 'dist', 'bundle', 'dashboard');
    const { dashboard: address } = config;
    const service = dashboardService(addon, log, { about, address, token, folder, nowMs, master });
    return new HttpEndpoint(addon, log, address, service);
  };
  return new Endpoints(addon, { metrics: metrics(), dashboard: dashboard() });
}
