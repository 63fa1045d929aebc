import { spawnSync } from 'node:child_process';
import { fixtures } from './reuseport.js';

/** Why uWebSockets.js cannot be tried with this Node; false where it can. */
export function withoutUws(): string | false {
  const args = ['-e', "require('uWebSockets.js')"];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: fixtures, encoding: 'utf8' });
  if (status === 0) return false;
  const why = /^Error: (.*)$/m.exec(stderr)?.[1] ?? 'it cannot be loaded';
  return `uWebSockets.js on Node ${process.versions.node}: ${why}`;
}
