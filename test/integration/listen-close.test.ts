import { test } from 'node:test';
import { assertListensAgain, freePorts, serviceFor } from './listen-support.js';

for (const how of ['close()', 'an AbortSignal']) {
  test(`a worker that ends listening by ${how} gets no connection, the other all; then it listens again`, async (t) => {
    const [port = 0] = await freePorts(1);
    const env = { PORT: String(port), ...(how === 'close()' ? {} : { BY_SIGNAL: '1' }) };
    const service = await serviceFor(t, ['listen-close-on-signal.cjs'], { env });
    await assertListensAgain(service, port);
  });
}
