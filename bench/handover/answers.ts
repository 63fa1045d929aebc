export interface Answer {
  status: number;
  /** By lower-case name. */
  headers: Map<string, string>;
  body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

/** Splits the bytes of a connection into HTTP/1.1 answers, by Content-Length (default 0) or chunks. Throws on anything else. */
export class AnswerReader {
  #rest: Buffer = Buffer.alloc(0);

  /** What is complete with these bytes. */
  read(data: Buffer): Answer[] {
    this.#rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    const answers: Answer[] = [];
    for (let next = this.#next(); next !== null; next = this.#next()) {
      answers.push(next.answer);
      this.#rest = this.#rest.subarray(next.end);
    }
    return answers;
  }

  /** Bytes of an answer that is not complete. */
  get pending(): number {
    return this.#rest.length;
  }

  #next(): { answer: Answer; end: number } | null {
    const headEnd = this.#rest.indexOf(HEAD_END);
    if (headEnd < 0) return null;
    const [first = '', ...lines] = this.#rest.toString('latin1', 0, headEnd).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? NaN);
    if (Number.isNaN(status)) throw new Error(`not the head of an answer: ${JSON.stringify(first.slice(0, 80))}`);
    const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), valueOf(line)]));
    const start = headEnd + HEAD_END.length;
    const body =
      headers.get('transfer-encoding') === 'chunked'
        ? this.#chunked(start)
        : this.#fixed(start, Number(headers.get('content-length') ?? 0));
    return body === null ? null : { answer: { status, headers, body: body.bytes }, end: body.end };
  }

  #fixed(start: number, length: number): { bytes: Buffer; end: number } | null {
    const end = start + length;
    return this.#rest.length < end ? null : { bytes: this.#rest.subarray(start, end), end };
  }

  #chunked(start: number): { bytes: Buffer; end: number } | null {
    const parts: Buffer[] = [];
    for (let at = start; ;) {
      const lineEnd = this.#rest.indexOf(LINE_END, at);
      if (lineEnd < 0) return null;
      const size = Number.parseInt(this.#rest.toString('latin1', at, lineEnd), 16);
      if (Number.isNaN(size)) throw new Error('not a chunk');
      const data = lineEnd + LINE_END.length;
      at = data + size + LINE_END.length;
      if (this.#rest.length < at) return null;
      if (size === 0) return { bytes: Buffer.concat(parts), end: at };
      parts.push(this.#rest.subarray(data, data + size));
    }
  }
}

function valueOf(line: string): string {
  return line.slice(line.indexOf(':') + 1).trim();
}
