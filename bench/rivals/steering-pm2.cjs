'use strict';
// PM2's cluster mode in the foreground, with its defaults, and a PM2_HOME that goes with the run. BENCH_PM2: the folder that
// has it in node_modules. BENCH_PM2_GRACEFUL: with the graceful start and stop of its documentation.
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { workers } = require('./handler.cjs');

const home = process.env.XDG_RUNTIME_DIR;
const bin = path.join(process.env.BENCH_PM2, 'node_modules', 'pm2', 'bin');
const env = { ...process.env, PM2_HOME: path.join(home, 'pm2'), PM2_DISABLE_VERSION_CHECK: 'true' };
const graceful = env.BENCH_PM2_GRACEFUL === undefined ? {} : { wait_ready: true, kill_timeout: 10_000 };
const app = {
  name: 'lab',
  script: path.join(__dirname, 'steering-server.cjs'),
  instances: workers,
  exec_mode: 'cluster',
  ...graceful,
};
const config = path.join(home, 'ecosystem.config.json');
fs.writeFileSync(config, JSON.stringify({ apps: [app] }));

const run = (...words) => spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'inherit'] });
const runtime = run(path.join(bin, 'pm2-runtime'), 'start', config);
runtime.on('exit', (code) => process.exit(code ?? 1));
process.on('SIGTERM', () => runtime.kill('SIGTERM'));
const change = (done, ...words) =>
  run(path.join(bin, 'pm2'), ...words).on('exit', (code) => {
    console.log(code === 0 ? done : `pm2 ${words.join(' ')}: exit code ${code}`);
  });
process.on('SIGUSR2', () => change('reloaded', 'reload', 'lab'));
process.on('SIGHUP', () => change('halved', 'scale', 'lab', String(Math.ceil(workers / 2))));
