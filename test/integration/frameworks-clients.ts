// One client per protocol. Each opens a connection of its own, asks once, and keeps it open, so that the kernel can be
// asked which worker holds its other end.
import { once } from 'node:events';
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { createRequire } from 'node:module';
import net from 'node:net';
import { text } from 'node:stream/consumers';

export type Protocol = 'http' | 'https' | 'http2' | 'h2c' | 'tcp' | 'ws' | 'socket.io';

export interface Target {
  readonly port: number;
  /** The self-signed certificate of the servers that use TLS. */
  readonly certificate: string;
  /** Folder whose node_modules holds ws and socket.io-client. */
  readonly frameworks: string;
}

/** An answered connection that is still open. */
export interface Connection {
  readonly localPort: number;
  readonly answer: string;
  close(): void;
}

const HOST = '127.0.0.1';

const CLIENTS: Readonly<Record<Protocol, (target: Target, signal: AbortSignal) => Promise<Connection>>> = {
  http: (target, signal) => {
    const agent = new HttpAgent({ keepAlive: true });
    return getOnce(httpRequest({ host: HOST, port: target.port, agent, signal }), agent);
  },
  https: (target, signal) => {
    const agent = new HttpsAgent({ keepAlive: true });
    const options = { host: HOST, servername: 'localhost', port: target.port, ca: target.certificate, agent, signal };
    return getOnce(httpsRequest(options), agent);
  },
  http2: (target, signal) => getOverHttp2(`https://${HOST}:${target.port}`, target.certificate, signal),
  h2c: (target, signal) => getOverHttp2(`http://${HOST}:${target.port}`, undefined, signal),
  tcp: echoOverTcp,
  ws: echoOverWebSocket,
  'socket.io': echoOverSocketIo,
};

/**
 * Connects and asks once.
 * @param signal ends the wait for the answer
 */
export async function ask(protocol: Protocol, target: Target, signal: AbortSignal): Promise<Connection> {
  return await CLIENTS[protocol](target, signal);
}

async function getOnce(request: ClientRequest, agent: HttpAgent): Promise<Connection> {
  const responded = once(request, 'response');
  const socketGiven = once(request, 'socket');
  request.end();
  const [socket] = (await socketGiven) as [net.Socket];
  const [response] = (await responded) as [IncomingMessage];
  const { localPort } = socket;
  const answer = await text(response);
  return { localPort: known(localPort), answer, close: () => agent.destroy() };
}

async function getOverHttp2(authority: string, ca: string | undefined, signal: AbortSignal): Promise<Connection> {
  const session = http2Connect(authority, ca === undefined ? {} : { ca, servername: 'localhost' });
  const failed = once(session, 'error', { signal }).then(([error]) => Promise.reject(error as Error));
  const answered = async (): Promise<Connection> => {
    const answer = await text(session.request({ ':path': '/' }));
    return { localPort: known(session.socket.localPort), answer, close: () => session.destroy() };
  };
  try {
    return await Promise.race([answered(), failed]);
  } catch (error) {
    session.destroy();
    throw error;
  } finally {
    failed.catch(() => {});
  }
}

async function echoOverTcp(target: Target, signal: AbortSignal): Promise<Connection> {
  const socket = net.connect({ host: HOST, port: target.port, signal });
  await once(socket, 'connect', { signal });
  // An open connection may be reset when the server ends; by then the answer is known.
  socket.on('error', () => {});
  socket.write('echo');
  let answer = '';
  while (!answer.endsWith('echo')) {
    const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
    answer += chunk.toString('latin1');
  }
  return { localPort: known(socket.localPort), answer, close: () => socket.destroy() };
}

/** What is used of ws: https://github.com/websockets/ws/blob/master/doc/ws.md#class-websocket */
interface WebSocketClient extends NodeJS.EventEmitter {
  send(data: string): void;
  terminate(): void;
}
type WebSocketClass = new (url: string, options: object) => WebSocketClient;

async function echoOverWebSocket(target: Target, signal: AbortSignal): Promise<Connection> {
  const WebSocket = load(target, 'ws') as WebSocketClass;
  const { agent, localPort } = watchedAgent();
  const client = new WebSocket(`ws://${HOST}:${target.port}`, { agent });
  await once(client, 'open', { signal });
  client.on('error', () => {});
  // The program tells everyone what anyone says: our own word is what we wait for.
  const word = `echo ${Math.random()}`;
  const heard = new Promise<string>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no answer over WebSocket', { cause: signal.reason })));
    client.on('message', (data: Buffer) => {
      if (data.toString() === word) resolve('echo');
    });
  });
  client.send(word);
  return { localPort: localPort(), answer: await heard, close: () => client.terminate() };
}

/** What is used of socket.io-client: https://socket.io/docs/v4/client-api/ */
interface SocketIoClient {
  emit(event: string, message: string): void;
  on(event: string, listener: (value: unknown) => void): void;
  close(): void;
}
interface SocketIo {
  io(this: void, url: string, options: object): SocketIoClient;
}

/**
 * Over WebSocket only: the several requests of Socket.IO's long polling must reach the same worker, which without sticky
 * steering is up to chance (as with any other load balancer: https://socket.io/docs/v4/using-multiple-nodes/).
 */
async function echoOverSocketIo(target: Target, signal: AbortSignal): Promise<Connection> {
  const { io } = load(target, 'socket.io-client') as SocketIo;
  const { agent, localPort } = watchedAgent();
  const options = { transports: ['websocket'], reconnection: false, forceNew: true, agent };
  const client = io(`http://${HOST}:${target.port}`, options);
  const word = `echo ${Math.random()}`; // as above
  const answer = await new Promise<string>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no answer from Socket.IO', { cause: signal.reason })));
    client.on('connect_error', (error) => reject(new Error('no connection to Socket.IO', { cause: error })));
    client.on('connect', () => client.emit('chat message', word));
    client.on('chat message', (message) => {
      if (message === word) resolve('echo');
    });
  });
  return { localPort: localPort(), answer, close: () => client.close() };
}

/** An agent that keeps the socket which it has opened, for libraries that do not show theirs. */
function watchedAgent(): { agent: HttpAgent; localPort: () => number } {
  const sockets: net.Socket[] = [];
  const createConnection = (options: net.NetConnectOpts): net.Socket => {
    const socket = net.connect(options);
    sockets.push(socket);
    return socket;
  };
  const agent = Object.assign(new HttpAgent(), { createConnection });
  return { agent, localPort: () => known(sockets[0]?.localPort) };
}

function load(target: Target, name: string): unknown {
  return createRequire(`${target.frameworks}package.json`)(name);
}

function known(localPort: number | undefined): number {
  if (localPort === undefined) throw new Error('the connection was closed before its local port could be read');
  return localPort;
}
