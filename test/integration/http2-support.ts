import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import type { TestContext } from 'node:test';
import { printedLines, serviceFor } from './listen-support.js';

/** Reloads a service of drain-http2.cjs with one worker while a stream of a session is under way. */
export async function assertStreamOutlivesReload(
  t: TestContext,
  scheme: 'http' | 'https',
  { env = {}, ...options }: http2.SecureClientSessionOptions & { env?: Record<string, string> } = {},
): Promise<void> {
  const service = await serviceFor(t, ['drain-http2.cjs'], { workers: 1, env });
  const [pid] = await service.workerPids();
  const session = http2.connect(`${scheme}://127.0.0.1:${await service.port()}`, options);
  t.after(() => session.destroy());
  const goaway = once(session, 'goaway') as Promise<[number]>;
  const stream = session.request({ ':path': '/' });
  await printedLines(service, 1);
  const reload = service.command('reload');
  let body = '';
  for await (const chunk of stream) body += String(chunk);
  assert.equal(body, String(pid));
  assert.equal((await goaway)[0], http2.constants.NGHTTP2_NO_ERROR);
  assert.equal((await reload).code, 0);
}
