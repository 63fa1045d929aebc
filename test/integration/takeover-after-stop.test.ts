// The master is killed in the midst of a stop, when its listeners refuse whoever comes: the next one serves all the same.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { NOBODY, notRoot, temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { isAlive, standStill } from '../helpers/processes.js';
import { type Service, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const ARGS = ['--steer', 'hash', '--rescue-after', '0ms', '--graceful-timeout', '10m', '--orphan-grace', '30s'];

async function connectTo(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Connects until somebody waits at that slot. */
async function queueAt(service: Service, slot: number): Promise<Socket[]> {
  const port = await service.port();
  const sockets: Socket[] = [];
  const isWaiting = async () => {
    const [listener] = (await service.status()).listeners;
    return (listener?.slots.find((row) => row.slot === slot)?.queued ?? 0) > 0;
  };
  while (!(await isWaiting())) sockets.push(await connectTo(port));
  return sockets;
}

const cases = [
  { who: 'a master that may take that back', options: {}, skip: false },
  { who: 'one that may not', options: { uid: NOBODY }, skip: notRoot },
] as const;

for (const { who, options, skip } of cases) {
  test(`${who} can be reached when it has taken over`, { skip }, async () => {
    const gate = join(temporaryFolder(), 'gate');
    const env = { GATE: gate };
    const first = await startService([...ARGS, 'crashes.cjs'], { ...options, env });
    const port = await first.port();
    const [kept = 0, dead = 0] = await first.workerPids();
    for (const pid of [kept, dead]) await standStill(pid);
    // What waits for a slot without a worker holds the stop up: nobody can take it over.
    const waiting = await queueAt(first, 1);
    writeFileSync(gate, '');
    process.kill(dead, 'SIGKILL');
    await first.waitForEvent('worker-backoff');
    first.kill('SIGTERM');
    await waitFor('new connections to be refused', async () => {
      const outcome = await connectTo(port).catch((error: NodeJS.ErrnoException) => error);
      if (outcome instanceof Error) return outcome.code === 'ECONNREFUSED';
      waiting.push(outcome);
      return false;
    });
    await first.killMaster();
    for (const socket of waiting) socket.destroy();
    rmSync(gate);
    process.kill(kept, 'SIGCONT');
    const second = await startService([...ARGS, 'crashes.cjs'], { ...options, env, control: first.control });
    assert.equal((await get(await second.port())).status, 200);
    await waitFor('the former worker to end', () => !isAlive(kept));
    assert.equal((await get(await second.port())).status, 200);
    assert.equal((await second.end()).code, 0);
    await first.discard();
  });
}
