import pino from 'pino';
import { ErrorStream } from './error-stream.js';
import { KeepingStream } from './keeping-stream.js';
import type { LogFile } from './log-file.js';
import { prettyLine } from './pretty.js';

export type Logger = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>;

export interface LogOptions {
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  format: 'auto' | 'json' | 'pretty';
  /** Service name, in every line. */
  name: string;
  /** null: standard error. */
  file: LogFile | null;
}

export interface OpenLog {
  log: Logger;
  /** Tries again to write what the file has refused. */
  flush(): void;
  /** What the file has not taken by now goes to standard error. */
  close(): void;
}

type Lines = Pick<ErrorStream, 'write'>;

/** The master's log: one line per state change, written before the call returns. */
export function openLog({ level, format, name, file }: LogOptions): OpenLog {
  const pretty = format === 'pretty' || (format === 'auto' && file === null && process.stderr.isTTY);
  const base = { pid: process.pid, name };
  const lineOf = (fields: { level: number; event: string; msg: string; [field: string]: unknown }) => {
    const line = `${JSON.stringify({ time: new Date().toISOString(), ...base, ...fields })}\n`;
    return pretty ? prettyLine(line) : line;
  };
  const noticeOf = (lost: number) =>
    lineOf({ level: 40, event: 'log-lost', lost, msg: `${lost} log lines were lost here` });
  const errors = new ErrorStream(noticeOf);
  const kept = file === null ? null : keepingStream(file, errors, noticeOf, lineOf);
  const stream: Lines = kept ?? errors;
  const destination = pretty ? { write: (line: string) => stream.write(prettyLine(line)) } : stream;
  return {
    log: pino({ level, base, timestamp: pino.stdTimeFunctions.isoTime }, destination),
    flush: () => kept?.flush(),
    close: () => {
      kept?.flush();
      const rest = kept?.takeKept() ?? '';
      if (rest !== '') errors.write(rest);
    },
  };
}

function keepingStream(
  file: LogFile,
  errors: Lines,
  noticeOf: (lost: number) => string,
  lineOf: (fields: { level: number; event: string; msg: string; code: string }) => string,
): KeepingStream {
  return new KeepingStream({
    writeSome: (bytes) => file.write(bytes),
    noticeOf,
    onRefusal: (error) => {
      if (error === null) return;
      const why = `log file ${file.path} cannot be written: ${error.message}. Its lines are kept until it can, or the end`;
      errors.write(lineOf({ level: 50, event: 'log-refused', code: 'ERR_LOG_FILE', msg: why }));
    },
  });
}
