import type { WebSocketLike } from '../web-socket.js';
import type { UwsWebSocket, WebSocketBehavior } from './types.js';

/** "Service Restart" of RFC 6455's registry: come back, somebody else is there. */
const CLOSE_CODE = 1012;
const OPEN = 1;

/** The WebSockets of uWebSockets.js that are open. */
export class OpenWebSockets {
  readonly #open = new Set<UwsWebSocket>();

  /** The program's own behavior, of which every other property stays as it is. */
  watched(behavior: WebSocketBehavior): WebSocketBehavior {
    const { open, close } = behavior;
    const all = this.#open;
    return Object.create(behavior, {
      open: {
        value: (webSocket: UwsWebSocket) => {
          all.add(webSocket);
          return open?.(webSocket);
        },
      },
      close: {
        value: (webSocket: UwsWebSocket, code: number, message: ArrayBuffer) => {
          all.delete(webSocket);
          return close?.(webSocket, code, message);
        },
      },
    }) as WebSocketBehavior;
  }

  all(): WebSocketLike[] {
    return [...this.#open].map((webSocket) => ({
      readyState: OPEN,
      close: (_, reason) => {
        // One that has closed meanwhile must not be touched any more.
        if (this.#open.has(webSocket)) webSocket.end(CLOSE_CODE, reason);
      },
    }));
  }
}
