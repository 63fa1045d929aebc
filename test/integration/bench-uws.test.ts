import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { loadgenFile } from '../../bench/paths.js';
import { failedRequests } from '../../bench/report/sample.js';
import type { Sample } from '../../bench/report/sample.js';
import { temporaryFolder } from '../helpers/cli.js';
import { root } from '../helpers/reuseport.js';
import { withoutUws } from '../helpers/uws.js';

const skip = withoutUws() || (existsSync(loadgenFile) ? false : 'loadgen is not built: npm run bench builds it');

interface Result {
  skipped: Record<string, string>;
  responses: Record<string, string>;
  samples: Sample[];
}

test(
  'uWebSockets.js answers the same, byte for byte, alone and under reuseport, and so does the epoll loop beside it',
  { skip },
  async () => {
    const out = join(temporaryFolder(), 'uws.json');
    const words = ['--rounds', '1', '--seconds', '0.3', '--quick', '--json', '--out', out];
    const main = join(root, 'dist', 'bench', 'uws', 'main.js');
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...words], { maxBuffer: 64 * 1024 * 1024 });
    const { skipped, responses, samples } = JSON.parse(stdout) as Result;
    assert.deepEqual(skipped, {});
    assert.deepEqual(Object.keys(responses).toSorted(), ['c-epoll', 'reuseport-auto', 'reuseport-hash', 'uws']);
    assert.equal(new Set(Object.values(responses)).size, 1, JSON.stringify(responses));
    assert.equal(samples.length, 8);
    for (const sample of samples) assert.equal(failedRequests(sample), 0, `${sample.rival}/${sample.load}`);
  },
);
