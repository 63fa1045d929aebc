/** The PROXY protocol, versions 1 and 2, in front of a server that knows nothing of it. */
import net from 'node:net';

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Of version 1, with its line end. */
const LONGEST_LINE = 107;
const HEADER_TIMEOUT_MS = 5_000;

/**
 * How many bytes the header has, and the client that it tells; `client` is undefined where the proxy speaks for itself.
 * Undefined where more bytes are needed. @throws Error for what is no such header
 * @param {Buffer} data
 * @returns {{ length: number, client: string | undefined } | undefined}
 */
export function parseHeader(data) {
  const known = Math.min(data.length, SIGNATURE.length);
  if (SIGNATURE.subarray(0, known).equals(data.subarray(0, known))) return parseBinary(data);
  if ('PROXY '.startsWith(data.toString('latin1', 0, 6))) return parseLine(data);
  throw new Error('no PROXY header');
}

/** @param {Buffer} data */
function parseLine(data) {
  const text = data.toString('latin1', 0, LONGEST_LINE);
  const end = text.indexOf('\r\n');
  if (end < 0 && text.length < LONGEST_LINE) return undefined;
  const [, family, client = ''] = text.slice(0, Math.max(end, 0)).split(' ');
  const length = end + 2;
  if (family === 'UNKNOWN') return { length, client: undefined };
  if (net.isIP(client) !== { TCP4: 4, TCP6: 6 }[family]) throw new Error('a PROXY line that cannot be read');
  return { length, client };
}

/** @param {Buffer} data */
function parseBinary(data) {
  if (data.length < 16) return undefined;
  const [command = 0, family = 0] = data.subarray(12, 14);
  if (command >> 4 !== 2 || (command & 15) > 1) throw new Error('a PROXY header of another version');
  const length = 16 + data.readUInt16BE(14);
  if (data.length < length) return undefined;
  const isLocal = (command & 15) === 0;
  const addresses = data.subarray(16, length);
  if (isLocal) return { length, client: undefined };
  if (family === 0x11 && addresses.length >= 12) return { length, client: [...addresses.subarray(0, 4)].join('.') };
  if (family === 0x21 && addresses.length >= 36) return { length, client: ipv6(addresses) };
  return { length, client: undefined };
}

/** @param {Buffer} addresses */
function ipv6(addresses) {
  const groups = Array.from({ length: 8 }, (_, index) => addresses.readUInt16BE(2 * index).toString(16));
  return new net.SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}

/**
 * A server that takes the header off each connection, and gives the rest of it to `inner`. `clientOf(socket)` then tells
 * who the client is. Only a proxy may reach it: whoever can connect can say to be anybody.
 * @param {net.Server} inner
 */
export function behindProxy(inner) {
  /** @type {WeakMap<net.Socket, string>} */
  const clients = new WeakMap();
  const server = net.createServer((socket) => {
    socket.setTimeout(HEADER_TIMEOUT_MS, () => socket.destroy());
    // Whoever takes the connection over hears of later errors.
    const ignore = () => {};
    socket.on('error', ignore);
    let data = Buffer.alloc(0);
    const read = () => {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) data = Buffer.concat([data, chunk]);
      try {
        const header = parseHeader(data);
        if (header === undefined) return;
        socket.off('readable', read);
        socket.setTimeout(0);
        socket.removeAllListeners('timeout');
        if (header.client !== undefined) clients.set(socket, header.client);
        if (data.length > header.length) socket.unshift(data.subarray(header.length));
        inner.emit('connection', socket);
        socket.off('error', ignore);
      } catch {
        socket.destroy();
      }
    };
    socket.on('readable', read);
  });
  return { server, clientOf: (/** @type {net.Socket} */ socket) => clients.get(socket) };
}
