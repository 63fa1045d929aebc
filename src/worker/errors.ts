import { getSystemErrorMap } from 'node:util';

/**
 * The error that a failed `listen` emits in Node itself: same message, code, errno, syscall, address and port. `address`
 * null is "unspecified"; `port` is -1 for a path. `cause` says in words what stands against it.
 */
export function listenError(code: string, address: string | null, port: number, cause: string): Error {
  const [errno, [, text]] = [...getSystemErrorMap()].find(([, [name]]) => name === code) ?? [-1, [code, 'failed']];
  const shown = address ?? unspecified(code);
  const where = port > 0 ? `${shown}:${port}` : shown;
  const error = new Error(`listen ${code}: ${text} ${where}`, { cause: new Error(cause) });
  return Object.assign(error, { code, errno, syscall: 'listen', address: shown }, port === 0 ? {} : { port });
}

/** Node tries `::` first; bind(2) reports an address in use at listen(2) only, any other failure makes it try IPv4. */
function unspecified(code: string): string {
  return code === 'EADDRINUSE' ? '::' : '0.0.0.0';
}
