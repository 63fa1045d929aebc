/**
 * The access log, written by the worker itself in append mode: what came together is one write. Exists only where it is asked
 * for; nothing of the program is wrapped.
 */
import { writeSync } from 'node:fs';
import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WorkerSettings } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import { type Access, accessLine, type AccessFormat } from './access-line.js';

/** A line is in the file no later than this. */
const FLUSH_MS = 100;
const FLUSH_BYTES = 64 * 1024;
/** What is kept for a file that takes nothing. */
const MOST_KEPT_BYTES = 4 * 1024 * 1024;
const STANDARD_OUTPUT = 1;
const CLIENT_CLOSED = 499;

interface RequestStart {
  request: IncomingMessage;
  response: ServerResponse & { _header?: string | null };
}

export interface AccessLogOptions {
  settings: NonNullable<WorkerSettings['accessLog']>;
  /** undefined: standard output. */
  fd: number | undefined;
  slot(): number | undefined;
  warn(code: string, message: string): void;
}

export class AccessLog {
  readonly #addon: Addon;
  readonly #format: AccessFormat;
  readonly #options: AccessLogOptions;
  #fd: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #refused = false;

  constructor(addon: Addon, options: AccessLogOptions) {
    this.#addon = addon;
    this.#options = options;
    this.#format = options.settings.format;
    this.#fd = options.fd ?? STANDARD_OUTPUT;
    diagnostics.subscribe('http.server.request.start', (message) => this.#watch(message as RequestStart));
    process.on('exit', () => this.#flush());
  }

  /** Goes on in another file. Owns the descriptor. */
  moveTo(fd: number): void {
    this.#flush();
    const former = this.#fd;
    this.#fd = fd;
    if (former !== STANDARD_OUTPUT) this.#addon.close(former);
    this.#flush();
  }

  #watch({ request, response }: RequestStart): void {
    const at = new Date();
    const sinceMs = performance.now();
    const { socket } = request;
    const { remoteAddress } = socket;
    const writtenBefore = socket.bytesWritten;
    response.once('close', () => {
      const { method = '', url = '', httpVersion, headers } = request;
      const header = response._header ?? null;
      const bytes = Math.max(0, socket.bytesWritten - writtenBefore - Buffer.byteLength(header ?? '', 'latin1'));
      this.#add({
        at,
        remoteAddress,
        method,
        url,
        httpVersion,
        host: headers.host,
        status: header === null ? CLIENT_CLOSED : response.statusCode,
        bytes: header === null ? 0 : bytes,
        referer: headers.referer,
        userAgent: headers['user-agent'],
        durationMs: performance.now() - sinceMs,
        aborted: !response.writableFinished,
        worker: this.#options.slot(),
      });
    });
  }

  #add(access: Access): void {
    const line = Buffer.from(accessLine(this.#format, access, process.pid));
    if (this.#pendingBytes + line.length > MOST_KEPT_BYTES) return;
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    if (this.#pendingBytes >= FLUSH_BYTES && !this.#refused) return this.#flush();
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let bytes = Buffer.concat(this.#pending);
    try {
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(this.#fd, bytes));
      this.#refused = false;
    } catch (error) {
      this.#refuse(error as NodeJS.ErrnoException);
    }
    this.#pending = bytes.length === 0 ? [] : [bytes];
    this.#pendingBytes = bytes.length;
  }

  #refuse({ code, message }: NodeJS.ErrnoException): void {
    const isNew = !this.#refused;
    this.#refused = true;
    // A reader of a pipe that is slow for a moment.
    if (code === 'EAGAIN' || !isNew) return;
    const why = `the access log cannot be written: ${message}. Up to 4 MB of it are kept by each worker until it can`;
    this.#options.warn('WARN_ACCESS_LOG', why);
  }
}
