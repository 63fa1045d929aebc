/** Which known word somebody probably meant. */

/** Edits between two words: insert, delete, replace, or swap of neighbours. */
function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    [beforePrevious, previous] = [previous, current];
  }
  return previous[right.length] ?? 0;
}

/** The nearest of the known words, if one is near enough that suggesting it helps; a beginning of one counts too. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  // Longer than any known word can be meant; also keeps a hostile argument from costing time.
  if (word.length > 40) return undefined;
  const allowedEdits = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  let nearest: string | undefined;
  let fewestEdits = allowedEdits + 1;
  for (const candidate of known) {
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < fewestEdits) [nearest, fewestEdits] = [candidate, edits];
  }
  return nearest ?? (word.length < 3 ? undefined : known.find((candidate) => candidate.startsWith(word)));
}

/** `; did you mean --workers?`, or nothing. */
export function suggestion(word: string, known: readonly string[], show: (word: string) => string): string {
  const nearest = nearestWord(word, known);
  return nearest === undefined ? '' : `; did you mean ${show(nearest)}?`;
}
