/** The secret that lets somebody see the dashboard: from a file, or made up. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ReuseportError } from '../../errors.js';

/** Nobody guesses so many characters that were chosen by chance; fewer may be a word. */
const LEAST_CHARACTERS = 16;
const GENERATED_BYTES = 24;

/** Of a bearer token: RFC 6750, 2.1. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

export function generateToken(): string {
  return randomBytes(GENERATED_BYTES).toString('base64url');
}

/** The first line of the file. @throws ReuseportError ERR_DASHBOARD_TOKEN */
export function readToken(path: string): string {
  const token = readFirstLine(path);
  if (token.length < LEAST_CHARACTERS)
    throw unusable(path, `its first line has ${token.length} characters, and a token has ${LEAST_CHARACTERS} at least`);
  if (!TOKEN.test(token))
    throw unusable(path, 'its first line has characters that no token has: take A-Z a-z 0-9 - . _ ~ + /');
  return token;
}

/** In a time that tells nothing of where the two differ. */
export function isToken(given: string, token: string): boolean {
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function readFirstLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n', 1)[0]?.trim() ?? '';
  } catch (cause) {
    throw unusable(path, (cause as NodeJS.ErrnoException).code ?? String(cause), cause);
  }
}

function unusable(path: string, why: string, cause?: unknown): ReuseportError {
  const message = `dashboardTokenFile ${path}: ${why}. Make one: openssl rand -hex 24 > ${path} (--dashboard-token-file)`;
  return new ReuseportError('ERR_DASHBOARD_TOKEN', message, { cause, fields: { path } });
}
