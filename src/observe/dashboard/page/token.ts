/**
 * The token, as the address has it behind `#`, which no browser sends anywhere: it is kept for this tab, and taken out of
 * the address.
 */
const KEY = 'reuseport-token';

export function takeToken(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null) return sessionStorage.getItem(KEY);
  keepToken(given);
  history.replaceState(null, '', location.pathname);
  return given;
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}
