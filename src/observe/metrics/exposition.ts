/** The text format that Prometheus reads (version 0.0.4). Pure. */
import type { Sample } from './definition.js';
import type { MetricsReading } from './reading.js';
import { METRICS } from './table.js';

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function exposition(reading: MetricsReading): string {
  let text = '';
  for (const [name, definition] of METRICS) {
    const { type, help, labels } = definition;
    text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
    for (const sample of definition.read(reading)) text += `${name}${labelText(labels, sample)} ${sample.value}\n`;
  }
  return text;
}

function labelText(names: readonly string[], { labels }: Sample): string {
  if (names.length === 0) return '';
  let text = '';
  for (const name of names) text += `${text === '' ? '{' : ','}${name}="${escapeLabel(labels[name] ?? '')}"`;
  return `${text}}`;
}

function escapeLabel(value: string | number): string {
  return typeof value === 'number' ? String(value) : value.replace(/[\\"\n]/g, escape);
}

function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, escape);
}

function escape(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}
