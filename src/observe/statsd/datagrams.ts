/** What an Ethernet frame carries of UDP, with room for IPv6 and for a tunnel: a larger one would be cut into fragments. */
export const LARGEST_DATAGRAM_BYTES = 1_432;

/** Lines, joined to as few datagrams as hold them. One that is longer than a datagram goes alone. Pure. */
export function datagramsOf(lines: readonly string[], largestBytes = LARGEST_DATAGRAM_BYTES): string[] {
  const datagrams: string[] = [];
  let text = '';
  for (const line of lines) {
    const joined = text === '' ? line : `${text}\n${line}`;
    if (text !== '' && Buffer.byteLength(joined) > largestBytes) {
      datagrams.push(text);
      text = line;
    } else {
      text = joined;
    }
  }
  return text === '' ? datagrams : [...datagrams, text];
}
