/** The terminal that `reuseport top` draws on, as a second screen: the first one is found again as it was left. */
import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import ansiEscapes from 'ansi-escapes';
import { createLogUpdate } from 'log-update';
import type { Screen } from './frame.js';
import type { Key } from './prompt.js';

/** A terminal of unknown size, as on a serial line, is one of these. */
const USUAL_COLUMNS = 80;
const USUAL_ROWS = 24;

export interface TerminalEvents {
  key(key: Key): void;
  /** It has another size, or was another program's for a while. */
  changed(): void;
}

export class Terminal {
  readonly #out: WriteStream;
  readonly #keys: ReadStream | null;
  readonly #env: NodeJS.ProcessEnv;
  readonly #draw: ReturnType<typeof createLogUpdate>;
  readonly #events: TerminalEvents;

  /** `keys`: null where there are none to be read. */
  constructor(out: WriteStream, keys: ReadStream | null, env: NodeJS.ProcessEnv, events: TerminalEvents) {
    this.#out = out;
    this.#keys = keys;
    this.#env = env;
    this.#events = events;
    this.#draw = createLogUpdate(this.#sized());
    if (keys !== null) emitKeypressEvents(keys);
    keys?.on('keypress', this.#onKey);
    out.on('resize', this.#onChange);
    process.on('SIGCONT', this.#onContinue);
    process.once('exit', this.#leave);
    this.#enter();
  }

  get #columns(): number {
    return this.#out.columns || USUAL_COLUMNS;
  }

  get #rows(): number {
    return this.#out.rows || USUAL_ROWS;
  }

  /** A terminal that says it has no columns would get nothing. */
  #sized(): WriteStream {
    return Object.create(this.#out, {
      columns: { get: () => this.#columns },
      rows: { get: () => this.#rows },
      write: { value: (text: string) => this.#out.write(text) },
    }) as WriteStream;
  }

  get screen(): Screen {
    const { NO_COLOR = '', TERM = '', LC_ALL = '', LC_CTYPE = '', LANG = '' } = this.#env;
    const locale = LC_ALL || LC_CTYPE || LANG;
    return {
      columns: this.#columns,
      // The cursor stands below the last line.
      rows: this.#rows - 1,
      isColored: NO_COLOR === '' && TERM !== 'dumb',
      isUnicode: /utf-?8/i.test(locale) && TERM !== 'linux',
    };
  }

  show(lines: readonly string[]): void {
    this.#draw(lines.join('\n'));
  }

  close(): void {
    this.#leave();
    process.off('exit', this.#leave);
    process.off('SIGCONT', this.#onContinue);
    this.#out.off('resize', this.#onChange);
    this.#keys?.off('keypress', this.#onKey).pause();
  }

  readonly #onKey = (_text: string | undefined, key: Key) => {
    if (key.ctrl !== true || key.name !== 'z') return this.#events.key(key);
    this.#leave();
    process.kill(process.pid, 'SIGTSTP');
  };

  readonly #onChange = () => {
    this.#wipe();
    this.#events.changed();
  };

  readonly #onContinue = () => {
    this.#enter();
    this.#events.changed();
  };

  #enter(): void {
    this.#keys?.setRawMode(true);
    this.#keys?.resume();
    this.#out.write(ansiEscapes.enterAlternativeScreen);
    this.#wipe();
  }

  #wipe(): void {
    this.#draw.done();
    this.#out.write(ansiEscapes.clearViewport);
  }

  readonly #leave = () => {
    this.#draw.done();
    this.#out.write(ansiEscapes.exitAlternativeScreen + ansiEscapes.cursorShow);
    this.#keys?.setRawMode(false);
  };
}
