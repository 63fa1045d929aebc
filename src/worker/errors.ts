import { getSystemErrorMap } from 'node:util';

/** The error that a failed `listen` emits in Node itself: same message, code, errno, syscall, address and port. */
export function listenError(code: string, address: string | null, port: number | null, cause: string): Error {
  const entry = [...getSystemErrorMap()].find(([, [name]]) => name === code);
  const text = entry?.[1][1] ?? 'listen failed';
  const where = port !== null && port >= 0 ? `${address ?? '::'}:${port}` : (address ?? '');
  const error = new Error(`listen ${code}: ${text} ${where}`, { cause: new Error(cause) });
  const fields = { code, errno: entry?.[0] ?? -1, syscall: 'listen', address: address ?? '::' };
  return Object.assign(error, fields, port !== null && port >= 0 ? { port } : {});
}
