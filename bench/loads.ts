export interface Load {
  name: 'new-connection' | 'keep-alive';
  title: string;
  connections: number;
  /** 1 opens a connection for each request, 0 never closes. */
  requestsPerConnection: number;
}

/** Connections at the same time: enough that no worker runs dry, few enough that no accept queue overflows. */
const CONNECTIONS = 64;

export const loads: readonly Load[] = [
  {
    name: 'new-connection',
    title: 'A new connection for each request',
    connections: CONNECTIONS,
    requestsPerConnection: 1,
  },
  { name: 'keep-alive', title: 'Keep-alive connections', connections: CONNECTIONS, requestsPerConnection: 0 },
];
