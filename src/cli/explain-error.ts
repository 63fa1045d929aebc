/** How an error that ends the command is told, and the exit code that goes with it. */
import { readFileSync } from 'node:fs';
import { ERROR_KINDS, type ErrorCode } from '../errors.js';
import { explainShortage } from '../supervisor/exit-reason.js';

export interface Explained {
  text: string;
  exitCode: number;
}

/** null for what is no error that a user can do something about: a defect of ours, which keeps its stack. */
export function explainError(error: unknown): Explained | null {
  if (!(error instanceof Error)) return null;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (isOurs(code)) return { text: `${code}: ${error.message}`, exitCode: ERROR_KINDS[code].exitCode };
  if (code === 'EMFILE' || code === 'ENFILE') {
    const advice = `This process may open ${openFilesLimit()}. Raise it: ulimit -n, systemd's LimitNOFILE.`;
    return { text: `${error.message}. ${advice}`, exitCode: 1 };
  }
  if (syscall?.startsWith('spawn') === true && (code === 'EAGAIN' || code === 'ENOMEM'))
    return { text: `${explainShortage(error.message)}.`, exitCode: 1 };
  if (syscall === 'uv_cwd')
    return { text: 'the current folder has been removed. Go to another one (cd).', exitCode: 1 };
  if (code === 'ENOSPC') return { text: error.message, exitCode: 1 };
  return null;
}

function isOurs(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(ERROR_KINDS, code);
}

function openFilesLimit(): string {
  try {
    const limit = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return `${limit} files`;
  } catch {
    return 'only few files';
  }
}
