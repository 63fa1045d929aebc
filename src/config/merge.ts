/** Layers laid over each other: which one a value comes from. */

import type { Layer, LayerKey, LayerValues } from './layer.js';
import type { Source } from './resolved-config.js';

export const DEFAULT_SOURCE: Source = { kind: 'default', text: 'default' };

export interface Picked<Value> {
  readonly value: Value;
  readonly source: Source;
  /** The layer that it came from; undefined for a default. */
  readonly layer: Layer | undefined;
}

function sourceOf(layer: Layer, key: LayerKey): Source {
  return { kind: layer.kind, text: `from ${layer.originOf(key)}` };
}

/** The value of the strongest layer that has one, else the fallback. `layers` go from weak to strong. */
export function pick<Key extends LayerKey, Fallback>(
  layers: readonly Layer[],
  key: Key,
  fallback: Fallback,
): Picked<NonNullable<LayerValues[Key]> | Fallback> {
  const layer = layers.findLast(({ values }) => values[key] !== undefined);
  const value = layer?.values[key];
  if (layer === undefined || value === undefined) return { value: fallback, source: DEFAULT_SOURCE, layer: undefined };
  return { value, source: sourceOf(layer, key), layer };
}

/** The variables of all layers together, the strongest wins name by name; the source names every layer that has some. */
export function mergeVariables(layers: readonly Layer[]): Picked<Readonly<Record<string, string>>> {
  const setting = layers.filter(({ values }) => values.env !== undefined);
  const strongest = setting.at(-1);
  if (strongest === undefined) return { value: {}, source: DEFAULT_SOURCE, layer: undefined };
  const value = Object.fromEntries(setting.flatMap(({ values }) => Object.entries(values.env ?? {})));
  const text = `from ${setting.map((layer) => layer.originOf('env')).join(' and ')}`;
  return { value, source: { kind: strongest.kind, text }, layer: strongest };
}
