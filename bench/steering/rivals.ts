import { existsSync } from 'node:fs';
import { cliFile, inProject } from '../paths.js';
import type { Command, ServerSettings } from '../rivals.js';
import { whyNoUws } from '../uws-presence.js';

export interface SteeringSettings extends ServerSettings {
  /** Where the control socket goes: a folder of this server alone. */
  folder: string;
  /** Words before the command. */
  launcher: readonly string[];
}

export interface SteeringRival {
  /** As it was asked for: `cluster-rr`, `idle`, `idle@rescue-after=2ms@user=nobody`. */
  name: string;
  /** Has it a control socket at `<folder>/control.sock`? */
  controlled: boolean;
  /** Whom the folder must belong to; undefined is the present user. */
  uid: number | undefined;
  /** One process serves, however many workers are asked for. */
  single?: boolean;
  /** Where it listens, when nobody can tell it to listen elsewhere. */
  port?: number;
  /** One that takes long to start. */
  readyDeadlineMs?: number;
  /** It knows no path but /, and neither how to wait nor how to be reloaded. */
  onlyRoot?: true;
  /** What is to be in its folder, by name. */
  files?(settings: SteeringSettings): Record<string, string>;
  command(settings: SteeringSettings): Command | string;
}

/** Without any right, whatever the user who measures may do. */
const NOBODY = 65_534;
const nobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
const node = process.execPath;

const rivalFile = (name: string): string => inProject('bench', 'rivals', name);

function environment({ host, port, workers, backlogConnections, folder }: SteeringSettings): Record<string, string> {
  return {
    BENCH_HOST: host,
    BENCH_PORT: String(port),
    BENCH_WORKERS: String(workers),
    BENCH_BACKLOG: String(backlogConnections),
    NODE_ENV: 'production',
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
  };
}

function command(words: readonly string[], env: Record<string, string>): Command {
  const [file = '', ...args] = words;
  return { file, args, env };
}

/** A program that takes its settings from the environment. */
export function programRival(
  name: string,
  file: string,
  env: Record<string, string> = {},
  nodeFile: string = node,
): SteeringRival {
  return {
    name,
    controlled: false,
    uid: undefined,
    command: (settings) => command([...settings.launcher, nodeFile, file], { ...environment(settings), ...env }),
  };
}

/** Each process binds the port by itself, as uWebSockets.js always does. */
function uwsRival(): SteeringRival {
  const rival = programRival('plain-uws', rivalFile('uws-plain.cjs'));
  return { ...rival, command: (settings) => whyNoUws() ?? rival.command(settings) };
}

/** Ways of sharing a port that are not ours to steer. */
export const otherRivals: readonly SteeringRival[] = [
  programRival('plain', rivalFile('steering-plain.cjs')),
  programRival('cluster-rr', rivalFile('steering-cluster.cjs'), { NODE_CLUSTER_SCHED_POLICY: 'rr' }),
  programRival('shared', rivalFile('steering-shared.cjs')),
  uwsRival(),
];

/**
 * A policy of the command line: `idle`, or with options of `reuseport run` behind it, `idle@rescue-after=2ms`. `user` is
 * not one of them: `@user=nobody` takes all rights away, which `adaptive` does unless told `@user=root`. Nor is `server`:
 * with `@server=uws` the program is one of uWebSockets.js. Workers are event loops everywhere: with `@threads=2` two of them
 * are one process.
 */
function policyRival(name: string): SteeringRival {
  const [policy = '', ...words] = name.split('@');
  const given = new Map(words.map((word) => [word.split('=', 1)[0] ?? '', word.slice(word.indexOf('=') + 1)]));
  const user = given.get('user') ?? (policy === 'adaptive' ? 'nobody' : 'root');
  const isUws = given.get('server') === 'uws';
  const script = isUws ? 'uws-server.cjs' : 'steering-server.cjs';
  const threads = Number(given.get('threads') ?? 1);
  for (const word of ['user', 'server']) given.delete(word);
  const asNobody = user === 'nobody' && process.getuid?.() === 0;
  return {
    name,
    controlled: true,
    uid: asNobody ? NOBODY : undefined,
    command(settings) {
      const lack = existsSync(cliFile) ? isUws && whyNoUws() : `${cliFile} is not built`;
      if (typeof lack === 'string') return lack;
      const processes = processesOf(settings.workers, threads);
      if (typeof processes === 'string') return processes;
      const options = [...given].flatMap(([option, value]) => [`--${option}`, value]);
      const common = ['--workers', String(processes), '--backlog', String(settings.backlogConnections)];
      const quiet = ['--control', controlOf(settings.folder), '--log-level', 'error'];
      const run = [node, cliFile, 'run', rivalFile(script), '--steer', policy];
      const launcher = [...settings.launcher, ...(asNobody ? nobody : [])];
      return command([...launcher, ...run, ...common, ...quiet, ...options], environment(settings));
    },
  };
}

/** Of so many event loops; a sentence when they make no whole number of processes. */
export function processesOf(loops: number, threads: number): number | string {
  if (loops % threads === 0) return loops / threads;
  return `${loops} event loops are no whole number of processes of ${threads} threads`;
}

export function controlOf(folder: string): string {
  return `${folder}/control.sock`;
}

/** Any name that is not one of the others is a policy: whether there is such a policy, the command itself says. */
export function rivalNamed(name: string): SteeringRival {
  return otherRivals.find((rival) => rival.name === name) ?? policyRival(name);
}
