/** How far a run is, on stderr: one line that changes on a terminal, a line for each measurement otherwise. */

export interface Step {
  /** `stall 2/5  idle`. */
  what: string;
  figures: string;
  seconds: number;
}

/**
 * Seconds left: what is still planned, at the pace of what has been done. Until a tenth is done the plan counts more
 * than the pace.
 */
export function secondsLeft(plannedSeconds: number, doneSeconds: number, elapsedSeconds: number): number {
  const restSeconds = Math.max(0, plannedSeconds - doneSeconds);
  const trust = Math.min(1, doneSeconds / (plannedSeconds / 10));
  const pace = doneSeconds === 0 ? 1 : elapsedSeconds / doneSeconds;
  return restSeconds * (trust * pace + (1 - trust));
}

export function timeLeft(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s left`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s left`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

const BAR_CELLS = 12;

/** `█████░░░░░░░`, of a share from 0 to 1. */
export function bar(share: number): string {
  const full = Math.floor(Math.min(1, Math.max(0, share)) * BAR_CELLS);
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
}

export class Progress {
  readonly #plannedSeconds: number;
  readonly #stream: NodeJS.WriteStream;
  readonly #beganMs = performance.now();
  #doneSeconds = 0;

  constructor(plannedSeconds: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#plannedSeconds = plannedSeconds;
    this.#stream = stream;
  }

  step({ what, figures, seconds }: Step): void {
    this.#doneSeconds = Math.min(this.#plannedSeconds, this.#doneSeconds + seconds);
    this.#show(`${what}  ${figures}`);
  }

  /** Something that is not a measurement. */
  say(text: string): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[K');
    this.#stream.write(`${text}\n`);
  }

  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[K');
  }

  #show(text: string): void {
    const elapsedSeconds = (performance.now() - this.#beganMs) / 1_000;
    const left = timeLeft(secondsLeft(this.#plannedSeconds, this.#doneSeconds, elapsedSeconds));
    const share = this.#doneSeconds / this.#plannedSeconds;
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    const line = `${percent}  ${left.padEnd(15)}  ${text}`;
    if (!this.#stream.isTTY) this.#stream.write(`${line}\n`);
    else this.#stream.write(`\r\x1b[K${`${bar(share)} ${line}`.slice(0, (this.#stream.columns || 80) - 1)}`);
  }
}
