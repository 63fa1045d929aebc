/** What the tests of metrics share: the address that a service tells them on, and its text, taken apart. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { get } from './http.js';
import type { LogLine, Service } from './reuseport.js';
import { waitFor } from './wait.js';

export const withoutPromtool =
  spawnSync('promtool', ['--version']).status === 0
    ? false
    : 'promtool is missing (Debian: apt-get install prometheus)';

export interface Scrape {
  text: string;
  /** By name and labels as they stand there: `reuseport_slots{state="ready"}`. */
  values: ReadonlyMap<string, number>;
}

/** The port that metrics and health are told on, by the newest master. */
export async function metricsPort(service: Service): Promise<number> {
  await waitFor('a master that tells metrics', () => told(service).length > 0, { state: () => service.stderr });
  const address = told(service).at(-1)?.['address'] as string;
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

function told(service: Service): LogLine[] {
  return service.logs.filter(({ event }) => event === 'metrics');
}

export async function scrape(port: number): Promise<Scrape> {
  const { status, body } = await get(port, '/metrics');
  assert.equal(status, 200, body);
  return { text: body, values: parseExposition(body) };
}

export function parseExposition(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** Over all slots and other labels. */
export function total({ values }: Scrape, name: string): number {
  const own = [...values].filter(([series]) => series === name || series.startsWith(`${name}{`));
  return own.reduce((sum, [, value]) => sum + value, 0);
}
