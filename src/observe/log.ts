import pino from 'pino';
import { ErrorStream } from './error-stream.js';
import { prettyLine } from './pretty.js';

export type Logger = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>;

export interface LogOptions {
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  format: 'auto' | 'json' | 'pretty';
  /** Service name, in every line. */
  name: string;
}

/** The master's log, on standard error: one line per state change, written before the call returns. */
export function openLog(options: LogOptions): Logger {
  const pretty = options.format === 'pretty' || (options.format === 'auto' && process.stderr.isTTY);
  const base = { pid: process.pid, name: options.name };
  const stream = new ErrorStream((lost) => {
    const notice = { level: 40, time: new Date().toISOString(), ...base, event: 'log-lost', lost };
    const line = `${JSON.stringify({ ...notice, msg: `${lost} log lines were lost here` })}\n`;
    return pretty ? prettyLine(line) : line;
  });
  const destination = pretty ? { write: (line: string) => stream.write(prettyLine(line)) } : stream;
  return pino({ level: options.level, base, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
