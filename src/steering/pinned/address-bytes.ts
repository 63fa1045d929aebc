export interface GroupAddress {
  family: 'IPv4' | 'IPv6';
  /** As getsockname(2) gives it. */
  address: string;
  port: number;
}

/** The 16 bytes of an address in network order; those of IPv4 are the first 4. */
export function addressBytes({ family, address }: GroupAddress): Uint8Array {
  const bytes = new Uint8Array(16);
  if (family === 'IPv4') bytes.set(address.split('.').map(Number));
  else bytes.set(words(address).flatMap((word) => [word >> 8, word & 0xff]));
  return bytes;
}

/** The eight 16-bit words. `::` stands for as many zeros as are missing; the last 32 bits may be written as IPv4. */
function words(address: string): number[] {
  const [plain = ''] = address.split('%');
  const text = plain.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = text.split('::');
  const [left, right] = [hexadecimals(head), hexadecimals(tail ?? '')];
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<number>(missing).fill(0), ...right];
}

function hexadecimals(text: string): number[] {
  return text
    .split(':')
    .filter((word) => word !== '')
    .map((word) => Number.parseInt(word, 16));
}
