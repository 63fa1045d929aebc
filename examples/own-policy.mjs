/**
 * A policy of one's own in the kernel: fill the slots from the first on, each up to four connections, so that those that
 * are not needed stay idle. `node own-policy.mjs` (as root, or with CAP_BPF) serves in four threads, each a slot, opens
 * one connection after the other, shows where the kernel put it, and then changes the policy.
 */
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { listen, Listener, StatePage, SteeringGroup } from 'reuseport';
import { leastConnections, loadConnections, skipUnweighted } from 'reuseport/program';

const SLOTS = 4;
const FULL = 4;

/** Writes the part of the program that chooses: once for each slot, because there are no loops. r9 is the answer. */
function fillFirst(asm, input, none) {
  const chosen = asm.label('chosen');
  for (let slot = 0; slot < input.slots; slot += 1) {
    const next = asm.label('next');
    skipUnweighted(asm, slot, next); // where the slot is draining, down or stuck, or weighs nothing
    loadConnections(asm, slot); // r2 = connections that are open there, or on their way
    asm.jumpIf('r2', '>=', FULL, next);
    asm.mov('r9', slot).jump(chosen);
    asm.place(next);
  }
  leastConnections(asm, input, none); // where all are full
  asm.place(chosen);
}

/** A thread: serves on the listener that it was given, while its loop publishes what it does in its row of the page. */
async function serve({ slot, fd, descriptors }) {
  const page = StatePage.open(descriptors);
  const server = http.createServer((request, response) => response.end(`slot ${slot}\n`));
  await listen(server, { fd, page, slot });
  parentPort.postMessage(page.publish(slot).mode);
}

async function main() {
  const page = StatePage.create();
  const group = new SteeringGroup({ page, policy: fillFirst, expectedSlots: SLOTS });
  const threads = [];
  let port = Number(process.env.PORT ?? 0);
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const listener = Listener.open({ address: '127.0.0.1', port });
    port = listener.info().port;
    group.add(slot, listener);
    const data = { slot, fd: listener.release(), descriptors: page.descriptors };
    const thread = new Worker(new URL(import.meta.url), { workerData: data });
    const [mode] = await once(thread, 'message');
    console.log(`slot ${slot} serves on 127.0.0.1:${port}; its loop is seen by ${mode}`);
    threads.push(thread);
  }

  const sockets = [];
  const connect = async () => {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    sockets.push(socket);
    // The kernel has counted it; now its loop must have accepted it, and said so.
    while (!isSettled(read(page), sockets.length)) await new Promise(setImmediate);
    console.log(read(page).map(drawRow).join('  │ '));
  };
  console.log(`\n${group.policy.used}:`);
  for (let count = 0; count < 10; count += 1) await connect();
  console.log(`\n${group.steer('least-connections').used}, from the next connection on:`);
  for (let count = 0; count < 6; count += 1) await connect();

  console.log('');
  for (const { slot, assigned, selected, fallback, error, turns } of read(page)) {
    const counts = `assigned ${assigned}: selected ${selected}, fallback ${fallback}; error ${error}`;
    console.log(`slot ${slot}  ${counts}; its loop turned ${turns} times`);
  }
  console.log(`stray ${page.stray}; the program: bpftool prog dump xlated id ${group.program?.id}`);

  for (const socket of sockets) socket.destroy();
  group.close();
  for (const thread of threads) await thread.terminate();
  page.close();
}

const read = (page) => Array.from({ length: SLOTS }, (_, slot) => page.readRow(slot));

function isSettled(rows, connections) {
  const open = rows.reduce((sum, { openConnections }) => sum + openConnections, 0);
  return open === connections && rows.every(({ assigned, accepted }) => assigned === accepted);
}

function drawRow({ openConnections }) {
  return `${'█'.repeat(openConnections).padEnd(FULL + 1)}${openConnections}`;
}

await (isMainThread ? main() : serve(workerData));
