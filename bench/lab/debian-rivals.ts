/** Servers of the field: nginx, Gunicorn and uWSGI, taken when they are installed. They answer / and nothing else. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { findTool } from '../debian.js';
import type { ToolName } from '../debian.js';
import { inProject } from '../paths.js';
import type { Command } from '../rivals.js';
import type { SteeringRival, SteeringSettings } from '../steering/rivals.js';
import type { RivalEntry } from './rival-entry.js';

const READY_DEADLINE_MS = 60_000;
const ASK_DEADLINE_MS = 10_000;
const RIVALS = inProject('bench', 'rivals');
const NGINX_CONF = 'nginx.conf';

/** A listener for each worker, no log, and as many requests on a connection as Node allows. */
export function nginxConfiguration({ host, port, workers, backlogConnections }: SteeringSettings): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
pid nginx.pid;
error_log stderr error;
worker_processes ${workers};
events { worker_connections 8192; }
http {
  access_log off;
  server_tokens off;
  keepalive_requests 1000000000;
${temporary.map((name) => `  ${name}_temp_path ${name};`).join('\n')}
  server {
    listen ${host}:${port} reuseport backlog=${backlogConnections};
    default_type text/plain;
    location = / { add_header x-worker $pid; return 200 "hello\\n"; }
    location / { return 404; }
  }
}
`;
}

function nginxArguments({ folder }: SteeringSettings): string[] {
  return ['-e', 'stderr', '-p', folder, '-c', path.join(folder, NGINX_CONF)];
}

/** A sync worker with threads would be a gthread one. */
const GTHREAD = ['--threads', '4'];

/** Its master binds one listener, which its workers share. */
function gunicornArguments(kind: string, { host, port, workers, backlogConnections }: SteeringSettings): string[] {
  const bind = ['--bind', `${host}:${port}`, '--reuse-port', '--backlog', String(backlogConnections)];
  const pool = ['--workers', String(workers), '--worker-class', kind, ...(kind === 'gthread' ? GTHREAD : [])];
  const stay = ['--keep-alive', '5', '--graceful-timeout', '1', '--log-level', 'error'];
  return [...bind, ...pool, ...stay, '--chdir', RIVALS, 'wsgi_app:application'];
}

function mostBacklog(): number {
  return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
}

/** It refuses a backlog that the kernel would cut, and ends each connection after its answer without saying so. */
function uwsgiArguments({ host, port, workers, backlogConnections }: SteeringSettings): string[] {
  const backlog = String(Math.min(backlogConnections, mostBacklog()));
  const bind = ['--http-socket', `${host}:${port}`, '--reuse-port', '--listen', backlog];
  const pool = ['--master', '--processes', String(workers), '--die-on-term', '--need-app'];
  const app = ['--plugin', 'python3', '--wsgi-file', path.join(RIVALS, 'wsgi_app.py')];
  return [...bind, ...pool, ...app, '--disable-logging', '--add-header', 'Connection: close'];
}

interface Kind {
  name: string;
  title: string;
  tool: ToolName;
  args: (settings: SteeringSettings) => string[];
  files?: SteeringRival['files'];
  /** The words that make it say its version. */
  asks: string;
}

const gunicorn = (kind: string, title: string, tool: ToolName): Kind => ({
  name: `gunicorn-${kind}`,
  title: `Gunicorn, ${title}`,
  tool,
  args: (settings) => gunicornArguments(kind, settings),
  asks: '--version',
});

const kinds: readonly Kind[] = [
  {
    name: 'nginx',
    title: 'nginx, listen … reuseport',
    tool: 'nginx',
    args: nginxArguments,
    files: (settings) => ({ [NGINX_CONF]: nginxConfiguration(settings) }),
    asks: '-v',
  },
  gunicorn('sync', 'sync', 'gunicorn'),
  gunicorn('gthread', 'gthread, 4 threads', 'gunicorn'),
  gunicorn('gevent', 'gevent', 'gunicorn with gevent'),
  { name: 'uwsgi', title: 'uWSGI', tool: 'uwsgi with Python', args: uwsgiArguments, asks: '--version' },
];

function commandOf({ tool, args }: Kind, settings: SteeringSettings): Command | string {
  const found = findTool(tool);
  if (typeof found === 'string') return found;
  const [file = '', ...words] = [...settings.launcher, found.file, ...args(settings)];
  return { file, args: words, env: { HOME: settings.folder, PYTHONDONTWRITEBYTECODE: '1' } };
}

function runtimeOf({ tool, asks }: Kind): string | undefined {
  const found = findTool(tool);
  if (typeof found === 'string') return undefined;
  const { stdout, stderr } = spawnSync(found.file, [asks], { encoding: 'utf8', timeout: ASK_DEADLINE_MS });
  const version = /\d+\.\d+[\w.]*/.exec(`${stdout}${stderr}`)?.[0];
  const what = tool.split(' ', 1)[0] ?? tool;
  return version === undefined ? undefined : `${what} ${version}`;
}

export const debianRivals: readonly RivalEntry[] = kinds.map((kind) => ({
  rival: {
    name: kind.name,
    controlled: false,
    uid: undefined,
    onlyRoot: true,
    readyDeadlineMs: READY_DEADLINE_MS,
    ...(kind.files === undefined ? {} : { files: kind.files }),
    command: (settings) => commandOf(kind, settings),
  },
  title: kind.title,
  family: 'rival',
  tool: kind.tool,
  get runtime() {
    return runtimeOf(kind);
  },
}));
