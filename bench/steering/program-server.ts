/**
 * A group of many slots in one process, for the run time of a policy's program alone: workers of their own would cost a
 * second of start for each dozen and change nothing that the program looks at. Started as `reuseport run` would be.
 */
import { createServer } from 'node:http';
import type { Addon } from '../../src/native/addon.js';
import type { KernelAddon } from '../../src/native/kernel-addon.js';
import { loadAddon } from '../../src/native/load.js';
import { StatePage } from '../../src/state/page.js';
import { KernelGroup } from '../../src/steering/group.js';
import { choosePolicy } from '../../src/steering/choose-policy.js';
import { probeCapabilities } from '../../src/steering/capabilities.js';

const { BENCH_HOST: address = '', BENCH_PORT, BENCH_WORKERS, BENCH_BACKLOG, BENCH_POLICY = '' } = process.env;
const backlogConnections = Number(BENCH_BACKLOG);

const addon = loadAddon() as Addon & KernelAddon;
const { vehicle } = choosePolicy(BENCH_POLICY, probeCapabilities(addon));
if (vehicle.kind !== 'ebpf') throw new Error(`${BENCH_POLICY} has no eBPF program here`);
// Open as long as this process lives: the kernel counts run times, and stops by itself.
addon.bpfEnableStats();
const page = StatePage.create({ inKernel: true });
const group = new KernelGroup(addon, page, vehicle);

// From the last slot down: the group loads a program for its highest slot, and each load takes its time.
for (let slot = Number(BENCH_WORKERS) - 1; slot >= 0; slot--) {
  const fd = addon.bindTcpListener({ address, port: Number(BENCH_PORT) });
  addon.listen(fd, backlogConnections);
  group.add(slot, fd);
  page.setFlag(slot, 'ready', true);
  const headers = { 'content-length': 6, 'x-worker': String(slot) };
  const server = createServer((_request, response) => {
    response.writeHead(200, headers);
    response.end('hello\n');
  });
  server.listen({ fd, exclusive: true }, backlogConnections);
}
