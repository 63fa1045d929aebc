/** Services whose master is process 1 of a pid namespace, as in a container. */
import assert from 'node:assert/strict';
import type { Status } from '../../src/observe/status.js';
import { noUnshare } from '../helpers/namespace.js';
import { childrenOf } from '../helpers/processes.js';
import { type Service, startService, type StartOptions } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const FLAGS = ['--pid', '--fork', '--mount-proc'];
/** Why there can be none here, as the reason of a skip; false where there can. */
export const containersDenied = noUnshare(...FLAGS);

/** The service, and the pid of its process 1 as it is outside. */
export async function startContained(args: readonly string[], options: StartOptions = {}) {
  const through = ['unshare', ...FLAGS, '--kill-child'];
  const service = await startService(args, { through, pidsOfItsOwn: true, ...options });
  const first = await waitFor('process 1', () => childrenOf(service.pid)[0]);
  return { service, first };
}

/** Pids in it are those inside. */
export async function statusOf(service: Service): Promise<Status> {
  const { code, stdout, stderr } = await service.command('status', '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Status;
}
