import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tally } from '../helpers/http.js';
import { waitFor } from '../helpers/wait.js';
import { assertBothAnswer, freePorts, printed, serviceFor } from './listen-support.js';

interface Line {
  what: string;
  pid: number;
}

for (const how of ['close()', 'an AbortSignal']) {
  test(`a worker that ends listening by ${how} gets no connection, the other all; then it listens again`, async (t) => {
    const [port = 0] = await freePorts(1);
    const env = { PORT: String(port), ...(how === 'close()' ? {} : { BY_SIGNAL: '1' }) };
    const service = await serviceFor(t, ['listen-close-on-signal.cjs'], { env });
    const [one = 0, other = 0] = await service.workerPids();
    const said = (what: string, count: number) => {
      return waitFor(`${one} to be ${what}`, () => {
        return printed<Line>(service.stdout).filter((line) => line.what === what && line.pid === one).length === count;
      });
    };
    const slots = async () => (await service.status()).listeners.flatMap((listener) => listener.slots);

    await assertBothAnswer(port);
    process.kill(one, 'SIGUSR2');
    await said('closed', 1);
    await waitFor('the master to let go', async () => (await slots()).length === 1);
    assert.deepEqual([...(await tally(port, 30)).keys()], [String(other)]);

    process.kill(one, 'SIGUSR2');
    await said('listening', 2);
    assert.equal((await slots()).length, 2);
    await assertBothAnswer(port);
  });
}
