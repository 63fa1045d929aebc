import { statSync } from 'node:fs';

/**
 * The folder that this process was started in, as the shell named it: a deployment that switches a symbolic link to a new
 * folder is then followed.
 */
export function folderAsNamed(): () => string {
  const named = process.env['PWD'] ?? '';
  const isSame = inodeOf(named) !== null && inodeOf(named) === inodeOf('.');
  return () => (isSame && inodeOf(named) !== null ? named : process.cwd());
}

function inodeOf(folder: string): string | null {
  try {
    const { dev, ino } = statSync(folder);
    return `${dev}/${ino}`;
  } catch {
    return null;
  }
}
