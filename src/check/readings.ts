/** Everything that is known of this machine before it is judged. */
import { availableParallelism, release, version } from 'node:os';
import { processorTime, usableProcessors } from '../config/processors.js';
import { resolveCount } from '../config/workers.js';
import type { Addon } from '../native/addon.js';
import { probeCapabilities, type Capabilities, type Capability } from '../steering/capabilities.js';
import { type HostFiles, realFiles } from './host-files.js';
import { type NetworkReadings, readNetwork } from './read-network.js';
import type { Pool } from './pool.js';
import { type ProcessReadings, readProcess } from './read-process.js';
import { type ProcessorReadings, readProcessors } from './read-processors.js';
import type { Reading } from './reading.js';
import { tryAuto } from './try-auto.js';
import { tryIncomingCpu } from './try-incoming-cpu.js';
import { tryLoopProbe } from './try-loop-probe.js';
import { type MigrationTrial, tryMigration } from './try-migration.js';

/** What was found by trying. */
export interface Trials {
  capabilities: Capabilities;
  /** The choice of `--steer auto`, put into the kernel for as many workers as `--workers auto` starts. */
  auto: Capability;
  migration: MigrationTrial;
  incomingCpu: Reading<Capability>;
  loopProbe: Reading<Capability>;
}

/** What Node and the kernel say of themselves. */
export interface Host {
  node: string;
  executable: string;
  /** uname -r and uname -v. */
  kernel: { release: string; build: string };
  /** Effective. */
  uid: number;
  /** What `--workers auto` is here. */
  workers: number;
  /** Processors that there is time for. */
  processors: number;
  /** What each worker has beside its event loop; null: nobody said. */
  pool: Pool | null;
}

export interface Readings extends Trials, ProcessReadings, NetworkReadings, ProcessorReadings {
  host: Host;
}

/** Opens sockets on 127.0.0.1 for some milliseconds, and changes nothing. @throws nothing that the machine could cause. */
export async function takeReadings(addon: Addon, pool: Pool | null, files: HostFiles = realFiles): Promise<Readings> {
  const { online, quota } = readProcessors(files);
  const capabilities = probeCapabilities(addon);
  const processors = usableProcessors(availableParallelism(), files);
  const workers = resolveCount('auto', processors);
  return {
    host: {
      node: process.versions.node,
      executable: process.execPath,
      kernel: { release: release(), build: version() },
      uid: process.geteuid?.() ?? -1,
      workers,
      processors: processorTime(processors),
      pool,
    },
    capabilities,
    auto: tryAuto(addon, capabilities, workers),
    migration: await tryMigration(addon, capabilities),
    incomingCpu: online.known ? await tryIncomingCpu(addon, online.value) : online,
    loopProbe: await tryLoopProbe(addon),
    ...readProcess(files),
    ...readNetwork(files),
    online,
    quota,
  };
}
