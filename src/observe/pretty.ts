/** The log as people read it. */

const LABELS: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
const UNSAID = new Set(['level', 'time', 'pid', 'name', 'msg', 'event', 'version']);
/** Shorter values may stand in the message by chance. */
const LEAST_REPEATED = 3;

/** `12:03:04.123 info  worker 0 is ready  workerPid=812 …`: what the message does not say follows it as fields. */
export function prettyLine(json: string): string {
  const line = JSON.parse(json) as Record<string, unknown>;
  const time = String(line['time']).slice(11, 23);
  const label = (LABELS[Number(line['level'])] ?? '').padEnd(5);
  const message = String(line['msg']);
  const fields = Object.entries(line)
    .filter(([key, value]) => !UNSAID.has(key) && value !== null && !isText(value) && !says(message, value))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const texts = Object.values(line)
    .filter(isText)
    .map((text) => `    ${text.replaceAll('\n', '\n    ')}\n`);
  return `${time} ${label} ${message}${fields.length === 0 ? '' : `  ${fields.join(' ')}`}\n${texts.join('')}`;
}

/** Of more than one line, as a stack: below the message, as it is. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.includes('\n');
}

function says(message: string, value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((each) => says(message, each));
  const text = String(value);
  return text.length >= LEAST_REPEATED && message.includes(text);
}
