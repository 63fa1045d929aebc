/** The files of the page, as they lie beside the bundle. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PageFile {
  contentType: string;
  body: Buffer;
}

/** By path: name and type. */
const FILES: ReadonlyMap<string, readonly [name: string, contentType: string]> = new Map([
  ['/', ['index.html', 'text/html; charset=utf-8']],
  ['/app.js', ['app.js', 'text/javascript; charset=utf-8']],
  ['/style.css', ['style.css', 'text/css; charset=utf-8']],
  ['/icon.svg', ['icon.svg', 'image/svg+xml']],
]);

/** Read once each: a package that is replaced meanwhile belongs to the next master. */
export class PageFiles {
  readonly #folder: string;
  readonly #read = new Map<string, PageFile>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  has(path: string): boolean {
    return FILES.has(path);
  }

  /** @throws what reading the file throws */
  get(path: string): PageFile {
    const known = this.#read.get(path);
    if (known !== undefined) return known;
    const [name, contentType] = FILES.get(path) ?? ['', ''];
    const file = { contentType, body: readFileSync(join(this.#folder, name)) };
    this.#read.set(path, file);
    return file;
  }
}
