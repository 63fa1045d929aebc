/** A network of its own: loopback with as many clients' addresses as one likes, and settings that nobody else sees. */
import { spawnSync } from 'node:child_process';
import { createNamespace, inNamespace, ip, whyNoNamespaces } from '../../bench/network/namespaces.js';
import { setInNetwork } from '../../bench/network/own-network.js';

/** Why there can be none here, as the reason of a skip; false where there can. */
export const noNamespace: string | false = whyNoNamespaces() ?? false;

/** Why unshare(1) cannot make namespaces by these flags here, as the reason of a skip; false where it can. */
export function noUnshare(...flags: string[]): string | false {
  return spawnSync('unshare', [...flags, 'true']).status === 0
    ? false
    : `unshare ${flags.join(' ')} is not allowed here`;
}

/** Every address of it is local, in the namespace. For documentation (RFC 3849), so nobody has it. */
export const IPV6_PREFIX = '2001:db8:';

export interface Network {
  /** Runs a command in it. */
  within: string[];
  /** Sets a value under /proc/sys/net. */
  set: (name: string, value: string) => void;
  remove: () => void;
}

export async function createNetwork(): Promise<Network> {
  const { name, remove } = await createNamespace();
  const within = inNamespace(name);
  const set = (setting: string, value: string): void => setInNetwork(within, setting, value);
  await ip('-n', name, '-6', 'route', 'add', 'local', `${IPV6_PREFIX}:/32`, 'dev', 'lo');
  // A client may have any address of that prefix without its being set on a device.
  set('ipv6/ip_nonlocal_bind', '1');
  return { within, set, remove };
}
