/** What the program does when its worker drains (`onDrain`). */
export type DrainHandler = () => void | Promise<void>;

export class DrainHandlers {
  #waiting: DrainHandler[] | null = [];
  #running = 0;
  readonly #errors: unknown[] = [];

  /** Called at once when the drain has begun. */
  add(handler: DrainHandler): void {
    if (this.#waiting === null) void this.#call(handler);
    else this.#waiting.push(handler);
  }

  begin(): void {
    const handlers = this.#waiting ?? [];
    this.#waiting = null;
    for (const handler of handlers) void this.#call(handler);
  }

  /** Have all settled. */
  get settled(): boolean {
    return this.#running === 0;
  }

  /** What they have thrown becomes unhandled rejections: when the drain is over, because that may end the process. */
  reportErrors(): void {
    for (const error of this.#errors) void Promise.reject(error);
  }

  async #call(handler: DrainHandler): Promise<void> {
    this.#running += 1;
    try {
      await handler();
    } catch (error) {
      this.#errors.push(error);
    } finally {
      this.#running -= 1;
    }
  }
}
