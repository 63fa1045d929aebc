/**
 * A program behind HAProxy that knows its clients: `reuseport server.mjs`. On port 8080 the proxy adds X-Forwarded-For, on
 * port 8081 it sends a PROXY header. TRUSTED has the addresses of proxies, between blanks.
 */
import http from 'node:http';
import { behindProxy } from './proxy-protocol.mjs';

const host = process.env.HOST ?? '127.0.0.1';
const trusted = new Set((process.env.TRUSTED ?? '').split(' '));

/** The last address that somebody wrote whom we trust; everything before it a client can make up. */
function clientOf({ socket, headers }) {
  const told = proxy.clientOf(socket);
  if (told !== undefined) return told;
  const hops = [...(headers['x-forwarded-for'] ?? '').split(',').map((hop) => hop.trim()), socket.remoteAddress ?? ''];
  while (hops.length > 1 && trusted.has(hops.at(-1))) hops.pop();
  return hops.at(-1);
}

const server = http.createServer(async (request, response) => {
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  const { method } = request;
  const answer = { host: process.env.HOST_NAME, pid: process.pid, method, bytes, client: clientOf(request) };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answer));
});
// Longer than HAProxy keeps connections that it does not need (pool-purge-delay): the proxy is to be the one that closes.
server.keepAliveTimeout = 15_000;
const proxy = behindProxy(server);

server.listen(Number(process.env.PORT ?? 8080), host);
proxy.server.listen(Number(process.env.PROXY_PORT ?? 8081), host);
