import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import { test } from 'node:test';
import { printedLines, serviceFor } from './listen-support.js';

test('HTTP/2 sessions are told to go away, and their streams finish', async (t) => {
  const service = await serviceFor(t, ['drain-http2.cjs'], { workers: 1 });
  const [pid] = await service.workerPids();
  const session = http2.connect(`http://127.0.0.1:${await service.port()}`);
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
});
