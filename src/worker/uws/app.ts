import type { UwsEngine } from './engine.js';
import type { NativeListen } from './graft.js';
import { EXCLUSIVE, readListen, readListenUnix } from './listen-call.js';
import type { RouteHandler, UwsApp } from './types.js';

const ROUTES = ['get', 'post', 'options', 'del', 'patch', 'put', 'head', 'connect', 'trace', 'any'] as const;

/** Has one app of the program listen through the engine, and tell it of requests and WebSockets. */
export function watchApp(engine: UwsEngine, app: UwsApp, native: Pick<NativeListen, 'closeSocket' | 'portOf'>): void {
  const listen: NativeListen = { ...native, app, listen: app.listen };

  wrap(app, 'listen', (args, original) => {
    const call = readListen(args);
    if (call === null) return original();
    engine.listenAt(listen, call);
    return app;
  });
  wrap(app, 'listen_unix', (args, original) => {
    const call = readListenUnix(args);
    if (call === null) return original();
    engine.listen(listen, { address: call.path, port: -1, options: EXCLUSIVE, ipv6Only: false }, call.callback);
    return app;
  });
  for (const name of ROUTES) {
    wrap(app, name, ([pattern, handler, ...rest], original) => {
      if (typeof handler !== 'function') return original();
      return original([pattern, engine.counted(handler as RouteHandler), ...rest]);
    });
  }
  wrap(app, 'ws', ([pattern, behavior, ...rest], original) => {
    if (typeof behavior !== 'object' || behavior === null) return original();
    return original([pattern, engine.webSockets.watched(behavior), ...rest]);
  });
  wrap(app, 'close', (_, original) => {
    const result = original();
    engine.closedAll(app);
    return result;
  });
}

/** `around` is given the arguments, and what calls the app's own method: with the same arguments, or others. */
function wrap(
  app: UwsApp,
  name: string,
  around: (args: unknown[], original: (args?: unknown[]) => unknown) => unknown,
): void {
  const method = app[name];
  if (typeof method !== 'function') return;
  const value = (...args: unknown[]) => around(args, (others = args) => method.apply(app, others));
  Object.defineProperty(app, name, { configurable: true, writable: true, value });
}
