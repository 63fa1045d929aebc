import { FLAG } from '../../src/state/layout.js';
import type { NativeWatch, StuckReport, WatchRow } from '../../src/native/kernel-addon.js';
import { addon } from './kernel-support.js';
import { LoopChild, TestPage } from './page-support.js';
import { listenOn, until } from './support.js';

/** A page, a watch on it, one child with a listener at slot 3, and what the watch has told. */
export class WatchedChild {
  readonly slot = 3;
  readonly page = new TestPage();
  readonly listener = listenOn();
  readonly child = new LoopChild(this.page, this.slot, [this.listener.fd]);
  readonly reports: StuckReport[] = [];
  readonly sets: number[][] = [];
  readonly stale: number[] = [];
  readonly watch: NativeWatch;
  readonly row: WatchRow = { slot: this.slot, fds: [this.listener.fd] };

  private constructor(rescueAfterMs: number) {
    this.watch = new addon.Watch({
      page: this.page.buffer,
      wakeFd: this.page.wakeFd,
      rescueAfterMs,
      processors: 64,
      onStuck: (report) => this.reports.push(report),
      onStuckSet: (slots) => this.sets.push(slots),
      onStale: (slots) => this.stale.push(...slots),
    });
  }

  /** Runs `action` with a ready, polling child, and takes everything down. */
  static async use(rescueAfterMs: number, action: (watched: WatchedChild) => Promise<void>): Promise<void> {
    const watched = new WatchedChild(rescueAfterMs);
    try {
      await until(
        () => watched.child.said.length > 0,
        () => 'the child has not said that it is ready',
      );
      watched.page.set(watched.slot, 'flags', FLAG.ready);
      watched.watch.setRows([watched.row]);
      await watched.untilPolling();
      await action(watched);
    } finally {
      watched.watch.stop();
      await watched.child.stop();
      addon.close(watched.listener.fd);
      watched.page.close();
    }
  }

  get isStuck(): boolean {
    return this.page.isStuck(this.slot);
  }

  state(): string {
    const { slot, page, reports, sets } = this;
    return JSON.stringify({
      flags: page.get(slot, 'flags'),
      busySinceNs: page.get(slot, 'busySinceNs'),
      turns: page.get(slot, 'turns'),
      watcherAsleep: page.watcherAsleep,
      sets,
      reports,
    });
  }

  async until(condition: () => boolean): Promise<void> {
    await until(condition, () => this.state());
  }

  async untilPolling(): Promise<void> {
    const polls = () => this.page.get(this.slot, 'busySinceNs') === 0 && this.page.get(this.slot, 'lastPollNs') > 0;
    // What the watch has seen while the child started is told a moment later.
    const isTold = () => (this.sets.at(-1) ?? []).length === 0;
    await this.until(() => polls() && !this.isStuck && isTold());
  }
}
