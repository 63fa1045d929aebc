/** What a metric is, and the short ways to say where its values come from. */
import type { MetricsReading, SlotReading } from './reading.js';

export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export interface MetricDefinition {
  readonly type: 'counter' | 'gauge';
  readonly labels: readonly string[];
  /** One line: the HELP of the exposition, and the meaning in docs/metrics.md. */
  readonly help: string;
  /** Its values at the moment of a scrape; none where there is nothing to tell. */
  read(reading: MetricsReading): readonly Sample[];
}

export interface MetricGroup {
  readonly title: string;
  readonly intro: string;
  readonly metrics: Readonly<Record<string, MetricDefinition>>;
}

type Value = number | null;

/** A metric without labels; null: it has no value now. */
export function single(
  type: MetricDefinition['type'],
  help: string,
  value: (reading: MetricsReading) => Value,
): MetricDefinition {
  return {
    type,
    labels: [],
    help,
    read: (reading) => {
      const now = value(reading);
      return now === null ? [] : [{ labels: {}, value: now }];
    },
  };
}

/** A metric with a value for each slot that has one. */
export function perSlot(
  type: MetricDefinition['type'],
  help: string,
  value: (slot: SlotReading, reading: MetricsReading) => Value,
): MetricDefinition {
  return {
    type,
    labels: ['slot'],
    help,
    read: (reading) => {
      const samples: Sample[] = [];
      for (const slot of reading.slots) {
        const now = value(slot, reading);
        if (now !== null) samples.push({ labels: slot.labels, value: now });
      }
      return samples;
    },
  };
}

/** A metric that counts the same by the words of one label. */
export function byWord(
  type: MetricDefinition['type'],
  label: string,
  help: string,
  values: (reading: MetricsReading) => Readonly<Record<string, number>>,
): MetricDefinition {
  return {
    type,
    labels: [label],
    help,
    read: (reading) => Object.entries(values(reading)).map(([word, value]) => ({ labels: { [label]: word }, value })),
  };
}
