'use strict';
// Watt in the foreground, with its defaults: workers are threads of one process, which `wattpm restart` replaces one at a
// time. BENCH_WATT: the folder that has it in node_modules.
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { address, workers } = require('./handler.cjs');

const home = process.env.XDG_RUNTIME_DIR;
const app = path.join(home, 'app');
const modules = path.join(process.env.BENCH_WATT, 'node_modules');
const { version } = JSON.parse(fs.readFileSync(path.join(modules, '@platformatic', 'node', 'package.json'), 'utf8'));

/** @type {Record<string, object>} */
const files = {
  'package.json': { name: 'lab', private: true, main: 'server.cjs' },
  'watt.json': {
    $schema: `https://schemas.platformatic.dev/@platformatic/node/${version}.json`,
    runtime: {
      logger: { level: 'warn' },
      server: { hostname: address.host, port: address.port, backlog: address.backlog },
      workers,
      managementApi: true,
    },
  },
};
fs.mkdirSync(app);
fs.symlinkSync(modules, path.join(app, 'node_modules'));
for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(app, name), JSON.stringify(content));
fs.writeFileSync(
  path.join(app, 'server.cjs'),
  `require(${JSON.stringify(path.join(__dirname, 'steering-server.cjs'))});\n`,
);

// Its sockets and logs lie in the folder of temporary files.
const env = { ...process.env, TMPDIR: home, PATH: `${path.dirname(process.execPath)}:${process.env.PATH}` };
const run = (...words) =>
  spawn(process.execPath, [path.join(modules, 'wattpm', 'bin', 'cli.js'), ...words], {
    cwd: app,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });

const runtime = run('start');
runtime.on('exit', (code) => process.exit(code ?? 1));
process.on('SIGTERM', () => runtime.kill('SIGTERM'));

/** Who answers a new connection; undefined: nobody. */
function answering() {
  return new Promise((resolve) => {
    const request = http.get({ ...address, agent: false }, (response) => {
      response.resume();
      resolve(response.headers['x-worker']);
    });
    request.on('error', () => resolve(undefined));
  });
}

const PROBES = 16;
/** Those that answer now. */
const seen = async () => new Set(await Promise.all(Array.from({ length: PROBES }, answering)));

/** The command ends before it is done: it is done when as many other workers answer, and no former one does. */
async function reload() {
  const former = new Set();
  while (former.size < workers) for (const worker of await seen()) if (worker !== undefined) former.add(worker);
  const code = await new Promise((resolve) => run('restart', String(runtime.pid)).on('exit', resolve));
  if (code !== 0) return console.log(`wattpm restart: exit code ${code}`);
  const next = new Set();
  for (let now = former; next.size < workers || [...now].some((worker) => former.has(worker));) {
    now = await seen();
    for (const worker of now) if (worker !== undefined && !former.has(worker)) next.add(worker);
  }
  console.log('reloaded');
}
process.on('SIGUSR2', () => void reload());
