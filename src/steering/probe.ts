import { loadAddon } from '../native/load.js';
import { type Capabilities, probeCapabilities } from './capabilities.js';

/**
 * What this machine and user allow for steering, found by trying: maps and programs are made and attached to listeners on
 * 127.0.0.1, port 0, and closed again. It needs no right, leaves nothing behind, and takes a few milliseconds of this
 * thread. What is not allowed is an answer, with the system call and errno as its `why`, and not an error; so is a lack of
 * descriptors (`socket: EMFILE`).
 *
 * @throws Error with code `ERR_ADDON_MISSING` when the native addon cannot be loaded.
 */
export function probe(): Capabilities {
  return probeCapabilities(loadAddon());
}
