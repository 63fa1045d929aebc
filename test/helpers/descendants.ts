/** What the workers of test/fixtures/descendants.cjs have started. */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ProcessRow, readChildren, readProcesses } from '../../src/supervisor/process-table.js';
import { waitFor } from './wait.js';

/** A fork, a shell with two jobs, a detached child, two daemons; the shells that started the daemons have ended. */
export const PER_WORKER = 7;

export class Descendants {
  readonly token = String(randomInt(100_000_000, 1_000_000_000));

  of(worker: number): ProcessRow[] {
    return withText(`3600.${this.token}${worker}`);
  }

  all(): ProcessRow[] {
    return withText(`3600.${this.token}`);
  }

  /** Waits until these workers have started everything. */
  async started(workers: readonly number[], each = PER_WORKER): Promise<void> {
    for (const worker of workers) {
      await waitFor(`${each} descendants of ${worker}`, () => this.#isSettled(worker, each), {
        state: () => this.of(worker).map(({ pid }) => [pid, commandOf(pid)]),
      });
    }
  }

  /** Waits until nothing of these workers is left. */
  async ended(workers: readonly number[]): Promise<void> {
    for (const worker of workers) {
      await waitFor(`the descendants of ${worker} to be gone`, () => this.of(worker).length === 0, {
        state: () => this.of(worker).map(({ pid }) => [pid, commandOf(pid)]),
      });
    }
  }

  /** The commands that become others, and the shells that start daemons, are past. */
  #isSettled(worker: number, each: number): boolean {
    const rows = this.of(worker);
    return rows.length === each && rows.every(({ pid }) => !/setsid|env -i/.test(commandOf(pid)));
  }
}

export async function withoutZombies(master: number): Promise<void> {
  const zombies = () => readChildren(master).filter(({ zombie }) => zombie);
  await waitFor('no zombie under the master', () => zombies().length === 0, { state: zombies });
}

function withText(text: string): ProcessRow[] {
  return readProcesses().filter(({ pid, zombie }) => !zombie && commandOf(pid).includes(text));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
