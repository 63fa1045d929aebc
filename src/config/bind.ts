/** Addresses to listen on, as text. */

import type { BindAddress } from './resolved-config.js';

/** Where a port alone leads when only this machine is meant. */
export const LOOPBACK = '127.0.0.1';

const ADDRESS = /^(?:(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^\s[\]:/]*)):)?(\d{1,5})$/;

/**
 * `host:port`, `[::1]:3000`, `:3000`, or `3000`. The last two mean every address of the machine.
 * Undefined when the text is none of these: an IPv6 address without brackets cannot be told from its port.
 */
export function parseBind(text: string): BindAddress | undefined {
  const match = ADDRESS.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  const host = match[1] ?? match[2];
  return port > 65_535 ? undefined : { host: host === '' ? undefined : host, port };
}

/** The text that `parseBind` reads back. */
export function formatBind({ host, port }: BindAddress): string {
  return host?.includes(':') ? `[${host}]:${port}` : `${host ?? ''}:${port}`;
}
