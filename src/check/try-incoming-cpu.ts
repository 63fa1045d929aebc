/**
 * Does SO_INCOMING_CPU decide within a group? Every kernel takes the option, but only since 6.2 does
 * reuseport_select_sock_by_hash() look at it. Tried with a listener for each processor, and as many for one that does not
 * exist: these must get nothing.
 */
import type { Addon } from '../native/addon.js';
import type { Capability } from '../steering/capabilities.js';
import { connectTo, eventually, LOOPBACK, refusal } from './loopback.js';
import { known, type Reading, unknown } from './reading.js';

/** The greatest that the addon takes, beyond the processors of any machine. */
const NO_PROCESSOR = 4095;
/** By the hash alone, half would go astray: all of them go right by chance once in 65 536 trials. */
const CONNECTIONS = 16;

export async function tryIncomingCpu(addon: Addon, processors: readonly number[]): Promise<Reading<Capability>> {
  const right: number[] = [];
  const wrong: number[] = [];
  const queued = (fds: readonly number[]) => fds.reduce((sum, fd) => sum + addon.listenerInfo(fd).queuedConnections, 0);
  let port = 0;
  const open = (incomingCpu: number, into: number[]) => {
    const fd = addon.bindTcpListener({ address: LOOPBACK, port, incomingCpu });
    into.push(fd);
    addon.listen(fd, CONNECTIONS);
    port = addon.listenerInfo(fd).port;
  };
  try {
    for (const processor of processors) {
      open(processor, right);
      open(NO_PROCESSOR, wrong);
    }
    const clients = await Promise.allSettled(Array.from({ length: CONNECTIONS }, () => connectTo(port)));
    try {
      const failed = clients.find((client) => client.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      if (!(await eventually(() => queued(right) + queued(wrong) === CONNECTIONS))) {
        return unknown('the connections did not get into the queues');
      }
      const astray = queued(wrong);
      const why = `${astray} of ${CONNECTIONS} connections went to the listener of another processor`;
      return known(astray === 0 ? { ok: true, why: null } : { ok: false, why });
    } finally {
      for (const client of clients) if (client.status === 'fulfilled') client.value.destroy();
    }
  } catch (error) {
    return unknown(refusal(error));
  } finally {
    for (const fd of [...right, ...wrong]) addon.close(fd);
  }
}
