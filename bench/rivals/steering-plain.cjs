'use strict';
// SO_REUSEPORT and nothing else: each worker binds by itself, nobody steers and nobody rescues.
const { spawn } = require('node:child_process');
const path = require('node:path');
const { address, workers } = require('./handler.cjs');

async function serve() {
  const { listen } = await import(path.join(__dirname, '..', '..', 'dist', 'src', 'index.js'));
  const { server } = require('./steering-server.cjs');
  await listen(server, { address: address.host, port: address.port, backlogConnections: address.backlog });
  process.send?.('listening');
  if (process.env.BENCH_RESTART === 'close') process.on('SIGTERM', () => server.close(() => process.exit(0)));
}

if (process.env.BENCH_LISTENER === 'library') {
  void serve();
} else {
  const env = { ...process.env, BENCH_LISTENER: 'library' };
  const children = Array.from({ length: workers }, () =>
    spawn(process.execPath, [__filename], { env, stdio: ['ignore', 'inherit', 'inherit'] }),
  );
  const end = (code) => {
    for (const child of children) child.kill('SIGTERM');
    process.exit(code);
  };
  for (const child of children) child.on('exit', (code) => end(code ?? 1));
  process.on('SIGTERM', () => end(0));
}
