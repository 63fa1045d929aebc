/** uWebSockets.js is no dependency: it comes with a checkout, or is a user's own. */
import { spawnSync } from 'node:child_process';
import { inProject } from './paths.js';

const TRY_DEADLINE_MS = 20_000;

/** Null: it can be had; undefined: not tried yet. */
let reason: string | null | undefined;

/** Its native part is made for some versions of Node, and loading it changes the process that does. */
function tryIt(): string | null {
  const { status, stderr } = spawnSync(process.execPath, ['-e', "require('uWebSockets.js')"], {
    cwd: inProject('bench', 'rivals'),
    encoding: 'utf8',
    timeout: TRY_DEADLINE_MS,
  });
  if (status === 0) return null;
  const why = /^Error: (.*)$/m.exec(stderr)?.[1] ?? 'it cannot be loaded';
  return `uWebSockets.js with Node ${process.versions.node}: ${why}`;
}

/** Why this Node cannot run it, once tried; undefined where it can. */
export function whyNoUws(): string | undefined {
  if (reason === undefined) reason = tryIt();
  return reason ?? undefined;
}
