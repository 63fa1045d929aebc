/**
 * Which slot stands at which index of a kernel group, worked out from what is seen to happen: a socket that begins to
 * listen is the last, and when one leaves, the last fills its hole (net/core/sock_reuseport.c). The kernel does not tell.
 *
 * Sockets of strangers (the same user's, from outside) stand in it too. They are noticed at looks only, so the order can
 * be lost: then {@link GroupOrder.known} is false until the group is empty.
 */
export class GroupOrder {
  /** null: a stranger, no matter which. */
  #members: (number | null)[] = [];
  #strangers: ReadonlySet<number> = new Set();
  /** A slot has come or gone since the last look: a stranger seen first at the next one may have come before or after. */
  #unsettled = false;
  #known = true;

  get known(): boolean {
    return this.#known;
  }

  /** The slots by index; null when that is not known, or strangers stand among them. */
  get slots(): readonly number[] | null {
    const slots = this.#members.filter((member) => member !== null);
    return this.#known && slots.length === this.#members.length ? slots : null;
  }

  /** Listeners of an unknown order are in the group: those of a master that is gone. */
  lose(): void {
    this.#known = false;
  }

  /** What another mirror of the same group knew. */
  restore(slots: readonly number[]): void {
    this.#members = [...slots];
    this.#unsettled = false;
    this.#known = true;
  }

  get hasStrangers(): boolean {
    return this.#strangers.size > 0;
  }

  /** The slot's listener has begun to listen. */
  joined(slot: number): void {
    this.#members.push(slot);
    this.#unsettled = true;
  }

  /** The slot's listener is closed: its last descriptor, in whichever process, is gone. */
  left(slot: number): void {
    this.#takeOut(this.#members.indexOf(slot));
    this.#unsettled = true;
  }

  /** What a look has found: the inodes of the strangers in the group. To be called before and after each coming and going. */
  looked(strangers: ReadonlySet<number>): void {
    const come = [...strangers].filter((inode) => !this.#strangers.has(inode)).length;
    const gone = [...this.#strangers].filter((inode) => !strangers.has(inode)).length;
    if (come + gone > 0) this.#known = this.#known && !this.#unsettled && this.#change(come, gone);
    this.#strangers = strangers;
    this.#unsettled = false;
  }

  /** Every member has gone. */
  reset(): void {
    this.#members = [];
    this.#strangers = new Set();
    this.#unsettled = false;
    this.#known = true;
  }

  /** Indices of the slots that `usable` accepts, in order of indices. */
  indices(usable: (slot: number) => boolean): number[] {
    return this.#members.flatMap((slot, index) => (slot !== null && usable(slot) ? [index] : []));
  }

  /** Strangers included. */
  get size(): number {
    return this.#members.length;
  }

  /** Applies what strangers did between two looks; false when what they did to the order cannot be known. */
  #change(come: number, gone: number): boolean {
    const firstStranger = this.#members.indexOf(null);
    const lastSlot = this.#members.findLastIndex((slot) => slot !== null);
    if (gone === 0 || firstStranger > lastSlot) {
      // Behind all of ours they may change among themselves as they like.
      for (let count = 0; count < gone; count += 1) this.#members.pop();
      for (let count = 0; count < come; count += 1) this.#members.push(null);
      return true;
    }
    // One that stood before some of ours: the last member has taken its place, if it is known which place that was.
    if (come > 0 || gone > 1) return false;
    if (this.#strangers.size > 1 && this.#members.at(-1) !== null) return false;
    this.#takeOut(this.#members.at(-1) === null ? this.#members.length - 1 : firstStranger);
    return true;
  }

  #takeOut(index: number): void {
    if (index < 0) return;
    const last = this.#members.pop() ?? null;
    if (index < this.#members.length) this.#members[index] = last;
  }
}
