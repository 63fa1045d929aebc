import { join } from 'node:path';
import { addonPath } from '../../src/native/load.js';
import { callAs, findLauncher } from '../../src/privilege/run-as.js';

const folder = join(import.meta.dirname, '..', '..');

/** Why a test cannot run something of this checkout as that user, as the reason of a skip; false when it can. For root. */
export function unreadableFor(uid: number): string | false {
  const identity = { uid, gid: uid, groups: [uid] };
  const [denied] = callAs(findLauncher(addonPath()), identity, [['read', join(folder, 'bundle', 'cli.js')]]);
  return denied === null ? false : `uid ${uid} cannot read ${folder} (${denied})`;
}
