/**
 * A folder in bpffs where a program of the user's own and the master meet: beside the program, `sockets` is the sockarray
 * that it selects from and `state` the page that it reads. Whoever comes first makes them, and the other takes them over.
 */
import { ReuseportError } from '../../errors.js';
import type { Addon } from '../../native/addon.js';
import type { BpfMapInfo } from '../../native/kernel-addon.js';
import { MAX_ROWS, PIN } from '../../state/layout.js';
import type { StatePage } from '../../state/page.js';
import { Seats } from '../seats.js';
import { BpffsFolder } from './bpffs-folder.js';
import { GroupTable } from './group-table.js';
import { Opening } from './opening.js';
import { openPinnedProgram, type Pinned, pinnedError } from './pinned-object.js';
import { readPins, socketsIn, stateIn, unpinMap, writePins } from './pins.js';

export class PinFolder {
  readonly page: StatePage;
  readonly #addon: Addon;
  readonly #folder: BpffsFolder;
  readonly #sockets: Pinned<BpfMapInfo>;
  readonly #groups: GroupTable;
  /** What this master has to remove at its end, as bits of PIN. */
  readonly #pins: number;
  readonly #formerPage: number | null;

  private constructor(folder: BpffsFolder, page: StatePage, sockets: Pinned<BpfMapInfo>, addon: Addon, found: Opening) {
    this.#addon = addon;
    this.#folder = folder;
    this.page = page;
    this.#sockets = sockets;
    this.#groups = new GroupTable(page.buffer, sockets.info.maxEntries / MAX_ROWS);
    this.#pins = found.pins | (folder.isNew ? PIN.folder : 0);
    this.#formerPage = found.formerPage;
    writePins(page.buffer, readPins(page.buffer) | this.#pins);
  }

  /**
   * Takes the folder, and makes in it what is missing. With `page` null the page that is pinned there is taken over, or a
   * new one made, and the caller closes it after the folder. Otherwise `page`, which others have mapped already, is pinned.
   * `mayShare`: another master may have the folder until the first seats are taken here.
   *
   * @throws ReuseportError ERR_PINNED; nothing new is left behind then
   */
  static open(addon: Addon, path: string, page: StatePage | null, mayShare: boolean): PinFolder {
    const folder = BpffsFolder.enter(addon, path, mayShare);
    const opening = new Opening(addon, path, !folder.isOurs);
    let opened: StatePage | null = null;
    try {
      if (page === null) opened = opening.obtainPage();
      else opening.pinPage(page);
      const sockets = opening.obtainSockets();
      return new PinFolder(folder, page ?? (opened as StatePage), sockets, addon, opening);
    } catch (error) {
      opening.undo();
      opened?.close();
      folder.leave(folder.isNew);
      throw error;
    }
  }

  /** Seats for the group of a listening socket. @throws ReuseportError ERR_PINNED when there are none left */
  seats(listenerFd: number): Seats {
    this.#folder.take();
    const { fd, info } = this.#sockets;
    const { family, address, port } = this.#addon.listenerInfo(listenerFd);
    const group = family === 'unix' ? null : this.#groups.take({ family, address, port });
    if (group !== null) return new Seats(this.#addon, fd, group * MAX_ROWS, () => this.#groups.release(group));
    const why = `each address takes ${MAX_ROWS} of its ${info.maxEntries} entries, and none are left for ${address}:${port}`;
    throw pinnedError(socketsIn(this.#folder.path), 'denied', why);
  }

  /**
   * The descriptor of the program that is pinned at `path`, the caller's own. @throws ReuseportError ERR_PINNED when there
   * is none, or it would choose from another sockarray than ours
   */
  program(path: string): number {
    const folder = this.#folder.path;
    const maps = `map name sockets pinned ${socketsIn(folder)} map name state pinned ${stateIn(folder)}`;
    const load = `bpftool prog load <program>.o ${path} ${maps}`;
    const pinned = openPinnedProgram(this.#addon, path);
    if (pinned === null) throw pinnedError(path, 'missing', `no program is pinned there. Its maps are: ${load}`);
    const { mapIds } = pinned.info;
    const readsFormer = this.#formerPage !== null && mapIds.includes(this.#formerPage);
    if (mapIds.includes(this.#sockets.info.id) && !readsFormer) return pinned.fd;
    this.#addon.close(pinned.fd);
    const why = `the program was loaded with other maps than those of its folder. Load it anew: rm ${path}; ${load}`;
    throw pinnedError(path, 'stale', why);
  }

  /**
   * Removes what this master, or a dead one before it, has made, unless another master is to have it. The page stays open.
   */
  close(handsOver: boolean): void {
    const { path } = this.#folder;
    if (handsOver || !this.#folder.tryTake()) {
      this.#addon.close(this.#sockets.fd);
      this.#folder.leave(false);
      return;
    }
    writePins(this.page.buffer, readPins(this.page.buffer) & ~this.#pins);
    if (this.#pins & PIN.page) unpinMap(this.#addon, stateIn(path), this.#addon.bpfMapInfo(this.page.fd).id);
    if (this.#pins & PIN.sockets) unpinMap(this.#addon, socketsIn(path), this.#sockets.info.id);
    this.#addon.close(this.#sockets.fd);
    this.#folder.leave((this.#pins & PIN.folder) !== 0);
  }
}

/** Can a service begin without it: the program is not there yet, or must be loaded anew. */
export function isAwaited(error: unknown): error is ReuseportError {
  if (!(error instanceof ReuseportError) || error.code !== 'ERR_PINNED') return false;
  return error.fields['reason'] === 'missing' || error.fields['reason'] === 'stale';
}
