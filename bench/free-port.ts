import { once } from 'node:events';
import { createServer } from 'node:net';

/** Asks the kernel for a port that is free on `host` now. Another process may take it before it is used; rare. */
export async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error(`free port on ${host}: no port in the answer`);
  return address.port;
}
