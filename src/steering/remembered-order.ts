/** The order of a kernel group as a master who is gone has written it down, and what has become of it since. Pure. */

export interface GroupMember {
  slot: number;
  /** Of its listener. */
  inode: number;
}

/**
 * Slots by their index in the kernel's group by now; null when that cannot be known.
 *
 * @param remembered by index, as the order was
 * @param present the members that are known to be there
 * @param listens does the socket still exist, in whichever process
 */
export function orderNow(
  remembered: readonly GroupMember[],
  present: readonly GroupMember[],
  listens: (inode: number) => boolean,
): number[] | null {
  const isPresent = (member: GroupMember) =>
    present.some(({ slot, inode }) => slot === member.slot && inode === member.inode);
  const gone = remembered.filter((member) => !isPresent(member));
  if (remembered.length - gone.length !== present.length || gone.some(({ inode }) => listens(inode))) return null;
  const order = [...remembered];
  // Who stood last leaves no hole; and it comes to the same whether it went before the others or after.
  while (order.length > 0 && gone.includes(order.at(-1) as GroupMember)) order.pop();
  const holes = order.flatMap((member, index) => (gone.includes(member) ? [index] : []));
  // The last member fills a hole. Of two, nobody knows which was first.
  if (holes.length > 1) return null;
  for (const hole of holes) order[hole] = order.pop() as GroupMember;
  return order.map(({ slot }) => slot);
}
