/**
 * Finds uWebSockets.js when the program loads it, by whatever name and from wherever: as an addon with its functions, before
 * the package around it has seen them. What ES modules import of the package are these, too.
 */
import type { UwsEngine } from './engine.js';
import { watchApp } from './app.js';
import type { NativeListen } from './graft.js';
import {
  CLOSE_NAMES,
  functionOf,
  isUws,
  PORT_NAMES,
  type TokenFunction,
  type UwsApp,
  type UwsModule,
} from './types.js';

export function interceptUws(engine: UwsEngine): void {
  const original = process.dlopen.bind(process);
  process.dlopen = function dlopen(module: object, filename: string, ...flags: []) {
    original(module, filename, ...flags);
    const { exports } = module as { exports: unknown };
    if (!isUws(exports)) return;
    engine.loaded(filename);
    watchModule(engine, exports);
  };
}

function watchModule(engine: UwsEngine, module: UwsModule): void {
  const native = {
    closeSocket: functionOf(module, CLOSE_NAMES),
    portOf: functionOf(module, PORT_NAMES) as NativeListen['portOf'],
  };
  for (const name of ['App', 'SSLApp'] as const) {
    const original = module[name];
    module[name] = function App(...args: unknown[]): UwsApp {
      const app = original(...args);
      watchApp(engine, app, native);
      return app;
    };
  }
  replace(module, CLOSE_NAMES, (original) => (token) => {
    const listening = engine.at(token);
    if (listening === undefined) original(token);
    else listening.close();
  });
  // The native socket may be gone while the program still believes to listen.
  replace(module, PORT_NAMES, (original) => (token) => engine.at(token)?.port ?? original(token));
}

function replace(module: UwsModule, names: readonly string[], wrap: (original: TokenFunction) => TokenFunction): void {
  for (const name of names) {
    const original = module[name];
    if (typeof original === 'function') module[name] = wrap(original as TokenFunction);
  }
}
