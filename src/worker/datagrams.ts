/** UDP is bound by Node itself, in each worker for itself: in a worker of node:cluster it would ask a primary. */
import dgram from 'node:dgram';

type Bind = (this: dgram.Socket, ...args: unknown[]) => dgram.Socket;

/** `onBound` is told of the sockets that the program binds, not of those that a first `send` binds. */
export function bindDatagramsHere(onBound: () => void): void {
  const prototype = dgram.Socket.prototype as unknown as { bind: Bind };
  const original = prototype.bind;
  prototype.bind = function bind(...args) {
    const exclusive = exclusively(args);
    if (exclusive === null) return original.apply(this, args);
    this.once('listening', onBound);
    return original.apply(this, exclusive);
  };
}

/** The same arguments with `exclusive: true`; null where that is so already, or a handle is given. */
function exclusively(args: unknown[]): unknown[] | null {
  const [first, second] = args;
  const last = args.at(-1);
  const callback = typeof last === 'function' ? [last] : [];
  if (typeof first === 'object' && first !== null) {
    if ('recvStart' in first || ('exclusive' in first && first.exclusive === true)) return null;
    return [{ ...first, exclusive: true }, ...callback];
  }
  const port = typeof first === 'function' ? undefined : (first ?? undefined);
  const address = typeof second === 'function' ? undefined : second;
  return [{ port, address, exclusive: true }, ...callback];
}
