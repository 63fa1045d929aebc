import type { Addon, SystemError } from '../native/addon.js';

/**
 * A TCP listener for what a server asked for. No address means `::` for both families, and `0.0.0.0` on a machine without
 * IPv6, as in Node. Bound, not yet listening; the caller owns the descriptor. @throws SystemError
 */
export function bindTarget(addon: Addon, address: string | null, port: number, ipv6Only: boolean): number {
  if (address !== null) return addon.bindTcpListener({ address, port, ipv6Only });
  try {
    return addon.bindTcpListener({ address: '::', port, ipv6Only });
  } catch (error) {
    const { code } = error as SystemError;
    if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL' && code !== 'EINVAL') throw error;
    return addon.bindTcpListener({ address: '0.0.0.0', port });
  }
}
