/** Which listening sockets collide: the rules of bind(2) that SO_REUSEPORT would otherwise silence. Pure. */
import type { ListenTarget } from '../channel/messages.js';
import type { ListenerInfo } from '../native/addon.js';

export interface BoundAddress {
  family: 'IPv4' | 'IPv6';
  /** As getsockname(2) gives it. */
  address: string;
  port: number;
  ipv6Only: boolean;
}

/** The name of a listening address across workers and generations: equal keys share one group. */
export function keyOf(target: ListenTarget): string {
  if (target.kind === 'unix') return `unix:${target.path}`;
  const { address, port, ipv6Only, ordinal } = target;
  const host = address === null ? '*' : address.includes(':') ? `[${address}]` : address;
  return `tcp:${host}:${port}${port === 0 ? `#${ordinal}` : ''}${ipv6Only ? ':v6only' : ''}`;
}

/** The same name with the port that the kernel chose, where it was asked to choose one. */
export function fixedKeyOf(key: string, port: number): string {
  return key.replace(/:0#\d+(?=$|:v6only$)/, `:${port}`);
}

/** What a target will be bound to, as far as that is known before the bind; null for a unix path. */
export function boundAddressOf(target: ListenTarget, port: number): BoundAddress | null {
  if (target.kind === 'unix') return null;
  const address = target.address ?? '::';
  return { family: address.includes(':') ? 'IPv6' : 'IPv4', address, port, ipv6Only: target.ipv6Only };
}

/** Of a listener that is not a unix-domain one. */
export function addressOf({ info, ipv6Only }: { info: ListenerInfo; ipv6Only: boolean }): BoundAddress {
  return { family: info.family === 'IPv6' ? 'IPv6' : 'IPv4', address: info.address, port: info.port, ipv6Only };
}

/** Would two listeners without SO_REUSEPORT exclude each other. */
export function collide(a: BoundAddress, b: BoundAddress): boolean {
  if (a.port !== b.port) return false;
  if (a.family === b.family) return isWildcard(a) || isWildcard(b) || sameAddress(a, b);
  const [six, four] = a.family === 'IPv6' ? [a, b] : [b, a];
  const mapped = mappedIpv4(six.address);
  if (mapped !== null) return isWildcard(four) || four.address === mapped;
  // A dual-stack `::` takes the IPv4 addresses too.
  return !six.ipv6Only && isWildcard(six);
}

function isWildcard({ address }: BoundAddress): boolean {
  return address === '::' || address === '0.0.0.0';
}

function sameAddress(a: BoundAddress, b: BoundAddress): boolean {
  return a.address.toLowerCase() === b.address.toLowerCase();
}

function mappedIpv4(address: string): string | null {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? null;
}

/** `0.0.0.0:80`, `[::]:80`, the path of a unix-domain socket. */
export function formatAddress({ family, address, port }: Pick<ListenerInfo, 'family' | 'address' | 'port'>): string {
  if (family === 'unix') return address;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
