// The table of the programs that are tried: adding a framework is adding a row (and its folder in test/frameworks).
import type { Protocol } from './frameworks-clients.js';

export interface Program {
  /** The test's title. */
  readonly name: string;
  /** Path of the script, relative to test/frameworks. */
  readonly script: string;
  /** Arguments for the script. Default: none, the port comes from the environment variable PORT. */
  readonly arguments?: (port: number) => readonly string[];
  /** Folder in which it runs, relative to test/frameworks. Default: that of the certificates, which some read. */
  readonly directory?: string;
  readonly protocol: Protocol;
  /** What a client must receive. */
  readonly answer: string | RegExp;
  /** Folder of the package whose `engines` decides whether this Node will do. Default: the program needs Node alone. */
  readonly engine?: string;
  /** What each worker prints when the program's own signal handler runs. Default: nothing is expected. */
  readonly lastWords?: RegExp;
  /** How the test ends it. Default: SIGTERM. */
  readonly signal?: 'SIGTERM' | 'SIGINT';
  /** In a tree of its own, which need not be installed. */
  readonly tree?: 'next';
}

export const PROGRAMS: readonly Program[] = [
  {
    name: 'Express 4',
    script: 'express4/server.js',
    protocol: 'http',
    answer: 'Hello World!',
    engine: 'node_modules/express',
  },
  {
    name: 'Express 4, graceful shutdown',
    script: 'express4/graceful-shutdown.js',
    protocol: 'http',
    answer: 'Hello World!',
    engine: 'node_modules/express',
    lastWords: /^HTTP server closed$/gm,
  },
  {
    name: 'Express 5',
    script: 'express5/server.js',
    protocol: 'http',
    answer: 'Hello World!',
    engine: 'express5/node_modules/express',
  },
  {
    name: 'Fastify 5',
    script: 'fastify/server.js',
    protocol: 'http',
    answer: '{"hello":"world"}',
    engine: 'node_modules/fastify',
  },
  { name: 'Koa 3', script: 'koa/server.js', protocol: 'http', answer: 'Hello Koa', engine: 'node_modules/koa' },
  {
    name: 'Hono 4 with @hono/node-server 2',
    script: 'hono/server.js',
    protocol: 'http',
    answer: 'Hello Node.js!',
    engine: 'node_modules/@hono/node-server',
  },
  {
    name: 'NestJS 12',
    script: 'nest/dist/main.js',
    protocol: 'http',
    answer: 'Hello World!',
    engine: 'node_modules/@nestjs/core',
  },
  {
    name: 'SvelteKit 2 with adapter-node',
    script: 'sveltekit/build/index.js',
    protocol: 'http',
    answer: /<h1>Welcome to SvelteKit<\/h1>/,
    engine: 'node_modules/@sveltejs/kit',
  },
  {
    name: 'Next.js 16, next start',
    script: 'next/node_modules/next/dist/bin/next',
    arguments: (port) => ['start', '-p', String(port)],
    directory: 'next',
    protocol: 'http',
    answer: /<h1>Hello, Next\.js!<\/h1>/,
    engine: 'next/node_modules/next',
    tree: 'next',
  },
  {
    name: 'Next.js 16, custom server',
    script: 'next/server.js',
    directory: 'next',
    protocol: 'http',
    answer: /<h1>Hello, Next\.js!<\/h1>/,
    engine: 'next/node_modules/next',
    tree: 'next',
  },
  { name: 'ws 8', script: 'ws/server.js', protocol: 'ws', answer: 'echo', engine: 'node_modules/ws' },
  {
    name: 'Socket.IO 4 over WebSocket',
    script: 'socket-io/server.js',
    protocol: 'socket.io',
    answer: 'echo',
    engine: 'node_modules/socket.io',
  },
  { name: 'node:https', script: 'https/server.mjs', protocol: 'https', answer: 'hello world\n' },
  { name: 'node:http2', script: 'http2/server.mjs', protocol: 'http2', answer: '<h1>Hello World</h1>' },
  { name: 'node:http2 without TLS', script: 'h2c/server.cjs', protocol: 'h2c', answer: '<h1>Hello World</h1>' },
  { name: 'node:net', script: 'net/server.mjs', protocol: 'tcp', answer: 'hello\r\necho' },
  { name: 'node:cluster, CommonJS', script: 'cluster/server.cjs', protocol: 'http', answer: 'hello world\n' },
  { name: 'node:cluster, ES module', script: 'cluster/server.mjs', protocol: 'http', answer: 'hello world\n' },
  {
    name: 'node:cluster with messages to the primary',
    script: 'cluster-messages/server.mjs',
    protocol: 'http',
    answer: 'hello world\n',
  },
  {
    name: 'a program for PM2',
    script: 'pm2/server.js',
    protocol: 'http',
    answer: 'hey',
    signal: 'SIGINT',
  },
];
