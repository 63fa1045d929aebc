/**
 * Who may see the dashboard. Pure. Where a token is asked for, who has it. Without one, on loopback, whoever is on this
 * machine; so nobody else may come by way of a browser that is: not by a name that an attacker has pointed at 127.0.0.1
 * (DNS rebinding: the Host header has that name), nor from a page of another origin (Sec-Fetch-Site).
 */
import { isIP } from 'node:net';
import { isToken } from './token.js';

export interface AccessRules {
  /** null: none is asked for. */
  token: string | null;
  /** As configured: a name that may be asked for beside those of loopback. */
  host: string;
}

export interface Asked {
  host?: string | undefined;
  authorization?: string | undefined;
  /** Sec-Fetch-Site; absent from what is no browser. */
  site?: string | undefined;
}

export interface Refusal {
  status: 401 | 403;
  why: string;
}

/** Of everything; null: it may be answered. */
export function refusePage({ token, host }: AccessRules, asked: Asked): Refusal | null {
  if (token !== null) return null;
  const name = hostName(asked.host ?? '');
  if (name === host.toLowerCase() || isLoopbackName(name)) return null;
  return {
    status: 403,
    why: `the host ${JSON.stringify(asked.host ?? '')} is not this machine's loopback: ask for 127.0.0.1`,
  };
}

/** Of what is told about the service; null: it may be. */
export function refuseFigures(rules: AccessRules, asked: Asked): Refusal | null {
  const refusal = refusePage(rules, asked);
  if (refusal !== null) return refusal;
  if (asked.site !== undefined && asked.site !== 'same-origin' && asked.site !== 'none')
    return { status: 403, why: `asked for by a page of another origin (Sec-Fetch-Site: ${asked.site})` };
  if (rules.token === null) return null;
  const given = /^Bearer +(\S+)$/i.exec(asked.authorization ?? '')?.[1];
  if (given === undefined) return { status: 401, why: 'a token is asked for: Authorization: Bearer <token>' };
  return isToken(given, rules.token) ? null : { status: 401, why: 'this is not the token' };
}

/** Of an address as it is bound. */
export function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

/** `host`, `host:port`, `[::1]:port` */
function hostName(host: string): string {
  return (/^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host)?.[1] ?? '').replace(/^\[|\]$/g, '').toLowerCase();
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || isLoopback(name);
}
