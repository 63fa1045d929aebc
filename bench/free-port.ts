import { once } from 'node:events';
import { createServer } from 'node:net';

const LEAST = 20_000;
const COUNT = 10_000;

/**
 * A port on which nobody listens, on `host` or (default) on any address. Below the kernel's default range for ports of its own
 * choice (from 32768), so that no client, and no server on port 0, gets it in the meantime.
 */
export async function freePort(host?: string): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = LEAST + Math.floor(Math.random() * COUNT);
    if (await isFree(port, host)) return port;
  }
  throw new Error(`no free port from ${LEAST} to ${LEAST + COUNT - 1}`);
}

async function isFree(port: number, host: string | undefined): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
