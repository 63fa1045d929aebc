/** The folder and the mark of one subject: neither they nor its processes outlive this process, however that exits. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { endMarked, killMarkedNow, markedProcesses, newMark } from '../marked.js';

export class Workplace {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'reuseport-endurance-'));
  readonly #mark = newMark();
  readonly #abandon = (): void => {
    killMarkedNow(this.#mark);
    rmSync(this.folder, { recursive: true, force: true });
  };

  constructor() {
    process.on('exit', this.#abandon);
  }

  /** Of every process that belongs to it. */
  get environment(): Record<string, string> {
    return this.#mark.environment;
  }

  processes(): number[] {
    return markedProcesses(this.#mark);
  }

  /** Waits for its processes, kills what remains, and says what that was. */
  end(withinMs: number): Promise<string[]> {
    return endMarked(this.#mark, withinMs);
  }

  /** After its end. */
  remove(): void {
    process.off('exit', this.#abandon);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
