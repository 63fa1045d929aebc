import type net from 'node:net';
import { MAX_LINE_BYTES } from './control-protocol.js';

const NEWLINE = 0x0a;

export interface LineHandlers {
  /** The next line is not read before this has settled. */
  onLine(line: string): Promise<void>;
  /** A line longer than {@link MAX_LINE_BYTES}; nothing more is read. */
  onTooLong(): void;
  /** The peer has said all it has to say, and all of it has been handled. */
  onEnd(): void;
}

/**
 * Reads lines from a socket one after the other, never holding more than one and what came along with it. Bytes after the
 * last newline are no line.
 */
export function readLines(socket: net.Socket, handlers: LineHandlers): void {
  void handleAll(socket, handlers);
}

async function handleAll(socket: net.Socket, handlers: LineHandlers): Promise<void> {
  let rest = Buffer.alloc(0);
  try {
    // Ending the loop must not end the socket: a peer that has closed its half still waits for its answer.
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
        const line = rest.toString('utf8', 0, end);
        rest = rest.subarray(end + 1);
        await handlers.onLine(line);
      }
      if (rest.length > MAX_LINE_BYTES) return handlers.onTooLong();
    }
  } catch {
    // The connection broke: its close event says so.
    return;
  }
  handlers.onEnd();
}
