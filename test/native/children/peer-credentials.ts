// Prints the peer credentials of descriptor 3.
import { loadAddon } from '../../../src/native/load.js';

console.log(JSON.stringify(loadAddon().peerCredentials(3)));
