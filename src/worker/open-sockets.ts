import type net from 'node:net';
import { activeSockets, httpConnections, type HttpSocket } from './node-internals.js';
import type { UpgradedSockets } from './upgraded.js';

/**
 * The open connections of these servers, as far as they can be ended from here. Of TLS those that HTTP or an upgrade has to do
 * with: of another server's, only the socket below TLS can be found.
 */
export function openSockets(servers: readonly net.Server[], upgraded: UpgradedSockets): HttpSocket[] {
  const plain = new Set<unknown>(servers.filter((server) => !('setSecureContext' in server)));
  return [
    ...new Set([
      ...servers.flatMap((server) => httpConnections(server)),
      ...(upgraded.of(servers) as HttpSocket[]),
      ...activeSockets().filter(({ _server }) => plain.has(_server)),
    ]),
  ];
}
