/** What it means that a worker ended before it was ready, and what to do about it. Pure. */

export interface EarlyExit {
  code: number | null;
  signal: string | null;
  /** Why there never was a process. */
  error: string | null;
}

/** Exit codes that Node itself gives a meaning. */
const CODES: Record<number, string> = {
  0:
    'it ended with exit code 0 without listening on anything. ' +
    'A server calls listen(), or exports a request handler or an object with fetch',
  9: 'exit code 9: Node does not know one of its options. Look at --node-arg and NODE_OPTIONS',
  13: 'exit code 13: a top-level await of the script never settled',
};

const SIGNALS: Record<string, string> = {
  SIGKILL: 'killed by SIGKILL: by another program, or by the kernel for want of memory (see dmesg)',
  SIGABRT: 'killed by SIGABRT: often the end of the heap (--node-arg=--max-old-space-size=…); its stderr says more',
  SIGSEGV: 'killed by SIGSEGV: a crash in native code',
  SIGBUS: 'killed by SIGBUS: a crash in native code',
  SIGILL: 'killed by SIGILL: native code for another processor',
};

/** The end of a sentence that begins with the worker's name; without a full stop. */
export function explainEarlyExit({ code, signal, error }: EarlyExit): string {
  if (error !== null) return explainShortage(error);
  if (signal !== null) return SIGNALS[signal] ?? `killed by ${signal}`;
  return CODES[code ?? -1] ?? `exit code ${code}. The script's own message is on standard error`;
}

/** A message of the system, with the limit to raise where there is one; without a full stop. */
export function explainShortage(error: string): string {
  if (/\bEMFILE\b/.test(error)) return `${error}. Raise the limit of open files: ulimit -n, systemd's LimitNOFILE`;
  if (/\bEAGAIN\b/.test(error)) return `${error}. Too many processes: ulimit -u, systemd's TasksMax`;
  if (/\bENOMEM\b/.test(error)) return `${error}. There is not enough memory to start a process`;
  return error;
}
