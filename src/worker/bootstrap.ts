/**
 * Preloaded into every worker before the program: puts the worker on its channel and the program's servers on our
 * listeners. Bundled into one CommonJS file; does nothing in any other process or thread that inherits it.
 */
import { CHANNEL_VARIABLE } from './names.js';

// A child or a thread of the program inherits the preload: it pays for this line and loads none of the rest.
if (process.env[CHANNEL_VARIABLE] !== undefined) {
  const { enter } = require('./enter.js') as typeof import('./enter.js');
  enter();
}
