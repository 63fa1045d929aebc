import type { RunFlags } from '../config/flags.js';
import { currentHost } from '../config/host.js';
import { resolveConfig } from '../config/resolve.js';
import { configAsJson, formatConfig } from './show-config.js';

/** What `run` would be configured as, as text. Nothing is started. @throws ReuseportError as `run` would, of its configuration. */
export async function checkConfig(flags: RunFlags, json: boolean): Promise<string> {
  const resolution = await resolveConfig(flags, currentHost());
  return json ? configAsJson(resolution) : formatConfig(resolution);
}
