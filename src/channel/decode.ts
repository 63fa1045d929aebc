/** JSON messages, checked field by field where they come in. */

/** What a field must be; `string?` may be null. An array is an object. `target` is a ListenTarget, `figures` WorkerStats. */
export type FieldKind = 'string' | 'number' | 'boolean' | 'object' | 'string?' | 'target' | 'figures';

export type Shape<M extends { type: string }> = { [T in M['type']]: Record<string, FieldKind> };

/** A message that cannot be understood: from another version, or damaged. Carries what was received, cut. */
export class MessageError extends Error {
  override name = 'MessageError';
}

/** @throws MessageError */
export function decode(data: Buffer, shapes: Record<string, Record<string, FieldKind>>): unknown {
  let value: unknown;
  try {
    value = JSON.parse(data.toString());
  } catch (cause) {
    throw new MessageError(`not JSON: ${excerpt(data)}`, { cause });
  }
  if (typeof value !== 'object' || value === null) throw new MessageError(`not an object: ${excerpt(data)}`);
  const fields = value as Record<string, unknown>;
  const type = fields['type'];
  const shape = typeof type === 'string' && Object.hasOwn(shapes, type) ? shapes[type] : undefined;
  if (shape === undefined) throw new MessageError(`unknown type: ${excerpt(data)}`);
  for (const [name, kind] of Object.entries(shape)) {
    if (!matches(fields[name], kind))
      throw new MessageError(`${String(type)}.${name}: not a ${kind}: ${excerpt(data)}`);
  }
  return value;
}

function matches(value: unknown, kind: FieldKind): boolean {
  if (kind === 'object') return typeof value === 'object' && value !== null;
  if (kind === 'string?') return value === null || typeof value === 'string';
  if (kind === 'target') return isTarget(value);
  if (kind === 'figures') return isStats(value);
  return typeof value === kind;
}

/** Wholly checked: a worker may be another user's, and what it wishes for is made by a master that is root. */
function isTarget(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, path, address, port, ipv6Only, ordinal } = value as Record<string, unknown>;
  // An abstract name begins with a NUL and may have more; in a path there can be none.
  if (kind === 'unix') return typeof path === 'string' && (path.startsWith('\0') || /^\/[^\0]*$/.test(path));
  const isAddress = address === null || typeof address === 'string';
  return kind === 'tcp' && isAddress && isPort(port) && typeof ipv6Only === 'boolean' && isOrdinal(ordinal);
}

function isStats(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { requests, openConnections, accepted, refused = 0, loopUtilization } = value as Record<string, unknown>;
  return [requests, openConnections, accepted, refused, loopUtilization].every((figure) => typeof figure === 'number');
}

function isPort(value: unknown): boolean {
  return isOrdinal(value) && value <= 65_535;
}

function isOrdinal(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function excerpt(data: Buffer): string {
  return data.toString('utf8', 0, 200);
}
