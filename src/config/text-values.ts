/** Text of the command line and the environment turned into what a config file would hold; the schema judges it. */

import type { TextForm } from './value-kinds.js';

/** What a flag was given: a text, a switch, or every text of a repeatable option. */
export type FlagValue = string | boolean | readonly string[];

const SWITCH_WORDS = new Map([
  ...['1', 'true', 'yes', 'on'].map((word) => [word, true] as const),
  ...['0', 'false', 'no', 'off'].map((word) => [word, false] as const),
]);

function integerIn(text: string): unknown {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

/** An object of the pairs, the last of a name wins; a text that is no pair comes back as it is, for the message. */
function pairsIn(texts: readonly string[]): unknown {
  const pairs: [string, string][] = [];
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1) return text;
    pairs.push([text.slice(0, equals), text.slice(equals + 1)]);
  }
  return Object.fromEntries(pairs);
}

/** Words between blanks. Double quotes keep blanks, inside them a backslash keeps the next character: NODE_OPTIONS' rule. */
export function splitWords(text: string): readonly string[] {
  const found = text.match(/(?:[^\s"]|"(?:\\[\s\S]|[^"\\])*(?:"|$))+/g) ?? [];
  return found.map((word) =>
    word.replace(/"((?:\\[\s\S]|[^"\\])*)(?:"|$)/g, (_, quoted: string) => quoted.replace(/\\([\s\S])/g, '$1')),
  );
}

export function valueOfFlag(form: TextForm, given: FlagValue): unknown {
  if (form === 'integer' && typeof given === 'string') return integerIn(given);
  if (form === 'pairs' && Array.isArray(given)) return pairsIn(given as readonly string[]);
  return given;
}

export function valueOfVariable(form: TextForm, text: string): unknown {
  switch (form) {
    case 'text':
      return text;
    case 'integer':
      return integerIn(text.trim());
    case 'switch':
      return SWITCH_WORDS.get(text.trim().toLowerCase()) ?? text;
    case 'words':
      return splitWords(text);
    case 'pairs':
      return pairsIn(splitWords(text));
  }
}
