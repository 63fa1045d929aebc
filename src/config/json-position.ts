/** Where a text stops being JSON. Node's own messages name the place only in some versions and some cases. */

const BLANK = /[ \t\n\r]*/y;
// oxlint-disable-next-line no-control-regex -- JSON forbids them in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

class Misplaced extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super('not JSON');
    this.offset = offset;
  }
}

class Scanner {
  #offset = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value();
    if (this.#offset < this.#text.length) throw new Misplaced(this.#offset);
  }

  #value(): void {
    this.#skip(BLANK);
    if (this.#take('{')) {
      this.#members('}', () => {
        this.#skip(BLANK);
        this.#require(STRING);
        this.#skip(BLANK);
        if (!this.#take(':')) throw new Misplaced(this.#offset);
        this.#value();
      });
    } else if (this.#take('[')) {
      this.#members(']', () => this.#value());
    } else if (!this.#skip(STRING)) {
      this.#require(SCALAR);
    }
    this.#skip(BLANK);
  }

  #members(end: string, member: () => void): void {
    this.#skip(BLANK);
    if (this.#take(end)) return;
    do member();
    while (this.#take(','));
    if (!this.#take(end)) throw new Misplaced(this.#offset);
  }

  #take(character: string): boolean {
    if (this.#text[this.#offset] !== character) return false;
    this.#offset += 1;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#offset;
    if (!pattern.test(this.#text)) return false;
    this.#offset = pattern.lastIndex;
    return true;
  }

  #require(pattern: RegExp): void {
    if (!this.#skip(pattern)) throw new Misplaced(this.#offset);
  }
}

export interface TextPosition {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** The first place at which the text cannot be JSON any more; undefined when all of it is. */
export function findJsonError(text: string): TextPosition | undefined {
  try {
    new Scanner(text).document();
    return undefined;
  } catch (error) {
    // Nesting deeper than the stack: the beginning is as good a place as any.
    const offset = error instanceof Misplaced ? error.offset : 0;
    const before = text.slice(0, offset).split('\n');
    return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
  }
}
