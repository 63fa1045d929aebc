/** Do rivals answer the same? What may differ (the second, the worker) is replaced before. Pure. */

interface Answer {
  status: string;
  /** By name in small letters. */
  headers: Map<string, string>;
  body: string;
  bytes: number;
}

export function parseAnswer(raw: string): Answer {
  const end = raw.indexOf('\r\n\r\n');
  const [status = '', ...lines] = raw.slice(0, end).split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status, headers: new Map(headers), body: raw.slice(end + 4), bytes: raw.length };
}

/** These say what the answer is; the others are manners. */
const OF_THE_CONTENT = new Set(['content-type', 'content-length']);

export interface Difference {
  /** Status, body, and what describes it. */
  content: string[];
  /** Headers beside that. */
  headers: string[];
}

function differenceOf(reference: string, other: string): Difference {
  const [ours, theirs] = [parseAnswer(reference), parseAnswer(other)];
  const content: string[] = [];
  if (theirs.status !== ours.status) content.push(`${theirs.status} for ${ours.status}`);
  if (theirs.body !== ours.body) content.push(`body ${JSON.stringify(theirs.body)} for ${JSON.stringify(ours.body)}`);
  const headers: string[] = [];
  for (const name of new Set([...ours.headers.keys(), ...theirs.headers.keys()])) {
    const [expected, got] = [ours.headers.get(name), theirs.headers.get(name)];
    if (expected === got) continue;
    const said = got === undefined ? `no ${name}` : `${name}: ${got}`;
    (OF_THE_CONTENT.has(name) ? content : headers).push(said);
  }
  if (other !== reference) headers.push(`${theirs.bytes} bytes for ${ours.bytes}`);
  return { content, headers };
}

/** Of the answers to several requests, each of one rival beside the same of another. */
export function differencesOf(reference: readonly string[], others: readonly string[]): Difference {
  const all = others.map((other, index) => differenceOf(reference[index] ?? '', other));
  return {
    content: [...new Set(all.flatMap(({ content }) => content))],
    headers: [...new Set(all.flatMap(({ headers }) => headers))],
  };
}
