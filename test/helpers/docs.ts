/** The fenced blocks of a Markdown page, and the shell commands in them. */

export interface Fence {
  /** Of its first line, from 1. */
  line: number;
  /** `sh`: commands; `console`: commands after `$ `, with what they print; empty: it does not say. */
  language: string;
  lines: string[];
}

export function fencesOf(page: string): Fence[] {
  const fences: Fence[] = [];
  let open: Fence | null = null;
  for (const [index, text] of page.split('\n').entries()) {
    const [, language] = /^\s*```(.*)$/.exec(text) ?? [];
    if (language === undefined) {
      open?.lines.push(text);
    } else if (open === null) {
      open = { line: index + 2, language, lines: [] };
      fences.push(open);
    } else {
      open = null;
    }
  }
  return fences;
}

/** In order; lines that go on are one, comments are left out. */
export function commandsOf(page: string): string[] {
  return fencesOf(page).flatMap(({ language, lines }) => {
    if (language !== 'sh' && language !== 'console') return [];
    const text = lines.join('\n').replaceAll(/\s*\\\n\s*/g, ' ');
    const typed = text.split('\n').map((line) => line.trim());
    const commands = language === 'sh' ? typed : typed.flatMap((line) => /^\$ (.*)$/.exec(line)?.[1] ?? []);
    return commands.map((command) => command.replace(/(^|\s+)#\s.*$/, '')).filter((command) => command !== '');
  });
}
