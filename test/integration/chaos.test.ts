import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import { Chaos, type ChaosPlan } from '../../bench/chaos/run.js';
import { whyNoNamespaces } from '../../bench/network/namespaces.js';
import { createDelayedNetwork } from '../../bench/network/delayed-network.js';
import { delayLineFile } from '../../bench/paths.js';
import { notRoot } from '../helpers/cli.js';
import { steeringDenied } from '../helpers/steering.js';

/** The short form of `npm run chaos`. */
const EVENTS = 10;
const SEED = 5;
const here: ChaosPlan['place'] = { host: '127.0.0.1', sources: '127.0.1.', serverLauncher: [], clientLauncher: [] };

async function assertNothingLost(policy: string, place: ChaosPlan['place']): Promise<void> {
  const result = await new Chaos({ policy, events: EVENTS, seed: SEED, ratePerSecond: 200, place }).run();
  assert.deepEqual(result.violations, []);
  const { kill, add, remove } = result.events;
  assert.equal(kill + add + remove, EVENTS);
  assert.ok(result.answered > 100, String(result.answered));
}

test(
  'idle: workers that are killed, added and removed lose nothing that no worker had accepted',
  { skip: steeringDenied() },
  () => assertNothingLost('idle', here),
);

test('adaptive without rights: the same', { skip: notRoot }, () => assertNothingLost('adaptive@user=nobody', here));

const noNetwork = whyNoNamespaces() ?? (existsSync(delayLineFile) ? false : `${delayLineFile} is not built: npm test`);

test(
  'hash without rights, over a round trip of 20 ms: nor whose handshake is under way',
  { skip: noNetwork },
  async () => {
    const network = await createDelayedNetwork({ roundTripMs: 20, lossPercent: 0 });
    if (typeof network === 'string') assert.fail(network);
    const { host, serverLauncher, client } = network.place;
    const sources = (client.firstSource ?? '').replace(/\d+$/, '');
    try {
      await assertNothingLost('hash@user=nobody', {
        host,
        sources,
        serverLauncher,
        clientLauncher: client.launcher ?? [],
      });
    } finally {
      await network.close();
    }
  },
);
