import type { WorkerUser } from './worker-user.js';

/**
 * What the workers' environment has of their user, as systemd sets it for `User=`: HOME, USER, LOGNAME and SHELL. The
 * master's runtime folder is not theirs. undefined takes a variable away.
 */
export function userEnvironment({ account }: WorkerUser): Record<string, string | undefined> {
  return {
    // As container engines do it for a number without an account.
    HOME: account?.home ?? '/',
    USER: account?.name,
    LOGNAME: account?.name,
    SHELL: account?.shell || undefined,
    XDG_RUNTIME_DIR: undefined,
  };
}
