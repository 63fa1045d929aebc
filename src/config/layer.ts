/**
 * One layer of configuration (a file, the environment, the flags), checked against the schema. Layers are checked one
 * by one, before they are merged: a bad value is a problem even where a stronger layer hides it today.
 */

import { optional, safeParse, strictObject } from 'zod/mini';

import { HOOK_NAMES } from '../hooks/hooks.js';
import { suggestion } from './nearest.js';
import { OPTION_KEYS, OPTIONS, wordOf } from './option-table.js';
import type { OptionKey, OptionValue } from './option-table.js';
import type { Source } from './resolved-config.js';
import { showKeys, showValue, valueAt } from './show-value.js';
import { path, words } from './value-kinds.js';

/** What a layer can set: the options, and what is positional on the command line. */
export type LayerKey = OptionKey | 'script' | 'args';

export type LayerValues = { readonly [Key in OptionKey]?: OptionValue<Key> | undefined } & {
  readonly script?: string | undefined;
  readonly args?: readonly string[] | undefined;
};

export interface LayerOrigin {
  readonly kind: Exclude<Source['kind'], 'default'>;
  /** The layer as a whole: `reuseport.config.json`. */
  readonly title: string;
  /** Where a key was set: `--workers`, `REUSEPORT_WORKERS`, `reuseport.config.json: workers`. */
  readonly originOf: (key: LayerKey) => string;
  /** Absolute folder that relative paths of this layer refer to. */
  readonly baseFolder: string;
}

export interface Layer extends LayerOrigin {
  /** What is valid in it. */
  readonly values: LayerValues;
  /** A sentence each; empty when all of the layer is valid. */
  readonly problems: readonly string[];
}

const LAYER_SCHEMA = strictObject({
  ...Object.fromEntries(OPTION_KEYS.map((key) => [key, optional(OPTIONS[key].kind.schema)])),
  script: optional(path().schema),
  args: optional(words().schema),
});

type Issue = NonNullable<ReturnType<typeof safeParse<typeof LAYER_SCHEMA>>['error']>['issues'][number];

const FILE_KEYS: readonly string[] = [
  ...OPTION_KEYS.filter((key) => !('inFile' in OPTIONS[key])),
  ...HOOK_NAMES,
  'script',
  'args',
];

function unknownKey(key: string, title: string): string {
  const meant = OPTION_KEYS.find((option) => wordOf(option) === key);
  const hint = meant === undefined ? suggestion(key, FILE_KEYS, (word) => word) : `; did you mean ${meant}?`;
  return `${key}: no such option${hint} (from ${title})`;
}

function problemsOf(issue: Issue, raw: unknown, origin: LayerOrigin): readonly string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, origin.title));
  const got = showValue(valueAt(raw, issue.path));
  if (issue.path.length === 0) return [`expected an object of options, got ${got} (from ${origin.title})`];
  const hint = issue.code === 'custom' && issue.params?.['hint'] ? `: ${String(issue.params['hint'])}` : '';
  const from = origin.originOf(issue.path[0] as LayerKey);
  return [`${showKeys(issue.path)}: ${issue.message}, got ${got}${hint} (from ${from})`];
}

/** What is left of a layer without the keys that have problems; an earlier check found which. */
function validRest(raw: unknown, issues: readonly Issue[]): unknown {
  if (typeof raw !== 'object' || raw === null) return {};
  const bad = new Set<unknown>(
    issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : [issue.path[0]])),
  );
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !bad.has(key)));
}

/** Checks what a layer holds. `raw` has the shape of a config file, whichever layer it is. */
export function checkLayer(raw: unknown, origin: LayerOrigin): Layer {
  const checked = safeParse(LAYER_SCHEMA, raw);
  const issues = checked.error?.issues ?? [];
  const problems = issues.flatMap((issue) => problemsOf(issue, raw, origin));
  for (const key of OPTION_KEYS) {
    if (origin.kind === 'file' && 'inFile' in OPTIONS[key] && valueAt(raw, [key]) !== undefined) {
      problems.push(`${key}: cannot be set in a config file (from ${origin.originOf(key)})`);
    }
  }
  const valid = checked.success ? checked : safeParse(LAYER_SCHEMA, validRest(raw, issues));
  // The schema is built from the table, so its output is what the table's types say.
  const values: LayerValues = valid.data ?? {};
  return { ...origin, problems, values };
}
