import pino from 'pino';

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
  const destination = pretty ? { write: (line: string) => void process.stderr.write(prettyLine(line)) } : stderr();
  const base = { pid: process.pid, name: options.name };
  return pino({ level: options.level, base, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

function stderr(): pino.DestinationStream {
  const destination = pino.destination({ fd: 2, sync: true });
  // A full disk or a closed pipe behind the log must not end the service.
  destination.on('error', () => {});
  return destination;
}

const LABELS: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
const UNSAID = new Set(['level', 'time', 'pid', 'name', 'msg', 'event']);

/** `12:03:04.123 info  worker 0 is ready  pid=812 …`: the same facts, for people. */
export function prettyLine(json: string): string {
  const line = JSON.parse(json) as Record<string, unknown>;
  const time = String(line['time']).slice(11, 23);
  const label = (LABELS[Number(line['level'])] ?? '').padEnd(5);
  const fields = Object.entries(line)
    .filter(([key]) => !UNSAID.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${time} ${label} ${String(line['msg'])}${fields.length === 0 ? '' : `  ${fields.join(' ')}`}\n`;
}
