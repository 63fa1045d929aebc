/** What the workers' user must be able to read and enter, and who stands in the way. */
import { dirname } from 'node:path';
import { ReuseportError } from '../errors.js';
import type { FileQuestion } from './run-as.js';
import type { WorkerUser } from './worker-user.js';

export interface Needed {
  /** As in `the script`. */
  what: string;
  /** Absolute. */
  path: string;
  verb: 'read' | 'execute' | 'enter';
  /** What to do, besides giving the user that right; as a sentence goes on after "or". */
  otherwise: string;
}

export interface Obstacle {
  needed: Needed;
  /** The folder that the user may not enter, or the path itself. */
  deniedBy: string;
  errno: string;
}

/** The questions to the kernel about one path: every folder above it from the root on, then itself. */
export function questionsOf({ path, verb }: Needed): FileQuestion[] {
  const folders: string[] = [];
  for (let folder = dirname(path); folder !== folders[0]; folder = dirname(folder)) folders.unshift(folder);
  return [...folders.map((folder): FileQuestion => ['execute', folder]), [verb === 'read' ? 'read' : 'execute', path]];
}

/** The first of `needed` that is out of reach. `ask` answers each question with an errno name, or null for yes. */
export function findObstacle(
  needed: readonly Needed[],
  ask: (questions: readonly FileQuestion[]) => (string | null)[],
): Obstacle | null {
  const asked = needed.flatMap((each) => questionsOf(each).map((question) => ({ needed: each, question })));
  const answers = ask(asked.map(({ question }) => question));
  const index = answers.findIndex((errno) => errno !== null);
  const found = asked[index];
  return found === undefined
    ? null
    : { needed: found.needed, deniedBy: found.question[1], errno: answers[index] ?? '' };
}

export function unreachable({ title, uid }: WorkerUser, { needed, deniedBy, errno }: Obstacle): ReuseportError {
  const { what, path, verb, otherwise } = needed;
  const where = deniedBy === path ? errno : `${errno} at ${deniedBy}`;
  const message =
    `user ${title} (uid ${uid}) cannot ${verb} ${what} ${path}: ${where}. ` +
    `Give that user the right, for example by its group, or ${otherwise}.`;
  return new ReuseportError('ERR_USER_DENIED', message, { fields: { uid, path, deniedBy, errno } });
}
