/** A test reporter: says last which tests have failed, and why, so that nobody has to look for them among all the others. */
import { relative } from 'node:path';
import { inspect } from 'node:util';

// oxlint-disable-next-line import/no-default-export -- what node --test-reporter loads
export default async function* failedTests(source) {
  const failures = [];
  for await (const { type, data } of source) {
    // A file or suite fails with the tests in it.
    const cause = type === 'test:fail' && data.details.error?.failureType;
    if (cause && cause !== 'subtestsFailed') failures.push(data);
  }
  if (failures.length === 0) return;
  yield `\n${failures.length} failed:\n`;
  for (const { name, file, details } of failures) {
    const where = file === undefined ? '' : ` (${relative(process.cwd(), file)})`;
    yield `\n${name}${where}\n${inspect(details.error.cause ?? details.error)}\n`;
  }
}
