/** The process of the clients that keep their connection. */
import { createRequire } from 'node:module';

import { Random } from '../handover/random.js';
import type { ClientCounts, ClientsPlan, FromClients, ToClients } from './clients-protocol.js';
import { KeepAliveClient } from './keep-alive-client.js';
import type { ClientContext } from './lasting-client.js';
import { type WebSocketClass, WebSocketClient } from './websocket-client.js';

const counts: ClientCounts = { requests: 0, reconnects: 0, messages: 0, told: 0 };
let clients: (KeepAliveClient | WebSocketClient)[] = [];

const send = (message: FromClients): void => {
  process.send?.(message, undefined, undefined, () => {});
};

function begin({ port, keepAlive, websockets, wsModule, seed }: ClientsPlan): void {
  const waiting = new Set<number>();
  const contextOf = (index: number): ClientContext => {
    waiting.add(index);
    const answered = (): void => {
      if (waiting.delete(index) && waiting.size === 0) send({ type: 'all-answered' });
    };
    const random = new Random(seed + index);
    const localAddress = loopbackAddress(index);
    return { port, localAddress, random, counts, lose: (loss) => send({ type: 'lost', loss }), answered };
  };
  clients = Array.from({ length: keepAlive }, (_, index) => new KeepAliveClient(`k${index}`, contextOf(index)));
  if (wsModule !== undefined) {
    const WebSocket = createRequire(import.meta.url)(wsModule) as WebSocketClass;
    for (let index = 0; index < websockets; index += 1) {
      clients.push(new WebSocketClient(`w${index}`, WebSocket, contextOf(keepAlive + index)));
    }
  }
  for (const client of clients) client.open();
}

/** The load generator takes 127.1.0.0/24 for its new connections. */
function loopbackAddress(index: number): string {
  return `127.2.${index >> 8}.${index & 255}`;
}

async function end(): Promise<void> {
  await Promise.all(clients.map((client) => client.end()));
  send({ type: 'ended', counts });
  process.disconnect();
}

process.on('message', (message: ToClients) => {
  if (message.type === 'begin') begin(message.plan);
  else void end();
});
send({ type: 'ready' });
