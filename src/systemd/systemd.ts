/** A service under systemd: what it is passed, what it tells, and what it leaves in the store. Inert elsewhere. */
import type { Addon } from '../native/addon.js';
import { fixedKeyOf } from '../supervisor/address.js';
import type { CustodyEntry } from '../supervisor/custody.js';
import type { Handed, KeptListener } from '../supervisor/handed.js';
import type { MasterHooks } from '../supervisor/master-options.js';
import type { ActivatedSockets } from './activated.js';
import type { Notifier } from './notifier.js';
import type { PassedDescriptor } from './passed.js';
import { readStoredName, storedName } from './stored.js';

/** Of the passed descriptors, the listeners that an earlier process of the service has stored; null when there are none. */
export function storedListeners(addon: Addon, passed: readonly PassedDescriptor[]): Handed | null {
  const listeners = passed.flatMap(({ name, fd }): KeptListener[] => {
    const found = readStoredName(name);
    return found === null ? [] : [{ ...found, fd }];
  });
  if (listeners.length === 0) return null;
  const groups = listeners.map(({ key, fd }): Handed['groups'][number] => {
    const { port } = addon.listenerInfo(fd);
    return [key, { port, fixedKey: fixedKeyOf(key, port), data: null }];
  });
  return { listeners, groups, workerUids: [], legacy: null };
}

/** Tells systemd when the service is ready, and keeps its store equal to custody while it runs. */
export function systemdHooks(
  notifier: Notifier,
  name: string,
  activated: ActivatedSockets,
): Omit<MasterHooks, 'descendants' | 'remember' | 'happened' | 'logs'> {
  return {
    activated,
    serving: () => notifier.ready(`${name} serves`),
    outlives: (entry) => activated.has(entry.info.inode) || (notifier.stores && storedName(entry) !== null),
    kept: (entry) => withName(entry, (stored) => notifier.store(stored, entry.fd)),
    closed: (entry) => withName(entry, (stored) => notifier.unstore(stored)),
  };
}

function withName(entry: CustodyEntry, action: (name: string) => void): void {
  const name = storedName(entry);
  if (name !== null) action(name);
}
